// `x-normalize` in the browser: the same steps as the host's, so that the merchant sees at once what was taken off.
import type { FieldSchema } from "./profile";

/** What was taken off or added; each has a sentence in the text table. */
export type Noise = "spaces" | "quotes" | "bearer" | "path" | "https" | "case";

export interface Normalized {
  text: string;
  noise: Noise[];
}

const AROUND = "[\\s\\p{Cc}\\u200b-\\u200f\\u2060\\ufeff]+";
const EDGES = new RegExp(`^${AROUND}|${AROUND}$`, "gu");
const QUOTES = /^["'`“”‘’]+|["'`“”‘’]+$/gu;

export function normalize(field: FieldSchema, given: string): Normalized {
  const noise = new Set<Noise>();
  let text = given;
  const become = (next: string, kind: Noise) => {
    if (next !== text) noise.add(kind);
    text = next;
  };
  become(trim(text), "spaces");
  for (const step of field["x-normalize"] ?? []) {
    if (step === "lowercase") become(text.toLowerCase(), "case");
    else if (step === "strip_quotes") become(trim(text.replace(QUOTES, "")), "quotes");
    else if (step === "strip_bearer") become(trim(text.replace(/^bearer /iu, "")), "bearer");
    else if (step === "strip_path") become(withoutPath(text), "path");
    else if (step === "add_https" && text !== "" && !text.includes("://")) become(`https://${text}`, "https");
  }
  return { text, noise: [...noise] };
}

function trim(text: string): string {
  return text.replace(EDGES, "");
}

function withoutPath(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return text;
  }
  if (!["http:", "https:"].includes(url.protocol)) return text;
  url.pathname = "";
  url.search = "";
  url.hash = "";
  return url.href.replace(/\/+$/u, "");
}
