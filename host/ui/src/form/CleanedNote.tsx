// Says what was taken off a pasted value, so that nothing happens behind the merchant's back.
import { Icon } from "../parts/Icon";
import type { Noise } from "../schema/normalize";
import { useText, type TextKey } from "../text/text";

const REMOVED: Noise[] = ["spaces", "quotes", "bearer", "path"];

export function CleanedNote({ noise = [] }: { noise?: Noise[] }) {
  const text = useText();
  if (noise.length === 0) return null;
  const removed = REMOVED.filter((kind) => noise.includes(kind)).map((kind) => text(`clean.${kind}` as TextKey));
  const what = removed.length > 1 ? `${removed.slice(0, -1).join(", ")} ${text("clean.and")} ${removed.at(-1)}` : removed[0];
  const sentences = [
    what ? text("clean.removed", { what }) : "",
    noise.includes("https") ? text("clean.added") : "",
    noise.includes("case") ? text("clean.lowercase") : "",
  ];
  return (
    <p className="field-cleaned">
      <Icon name="check" />
      <span>{sentences.filter(Boolean).join(" ")}</span>
    </p>
  );
}
