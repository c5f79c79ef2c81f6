// What people call a capability and what it gains; one the table does not know speaks for itself.
import { en } from "./en";
import type { Text, TextKey } from "./text";

export function capabilityName(name: string, text: Text): string {
  const key = `capability.${name}`;
  return isKey(key) ? text(key) : name.replaceAll(/[._]/gu, " ").replace(/^./u, (letter) => letter.toUpperCase());
}

/** What an optional field gains; `summary` is the connector's own sentence, in its own language. */
export function capabilityGain(name: string, summary: string | undefined, text: Text): string | undefined {
  const key = `gain.${name}`;
  return isKey(key) ? text(key) : summary;
}

function isKey(key: string): key is TextKey {
  return key in en;
}
