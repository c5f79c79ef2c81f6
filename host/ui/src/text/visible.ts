// Texts from elsewhere, with what nobody could see made visible: control characters, and those that hide or that turn the
// direction of what follows. Otherwise a store's name could make a page read as something else.
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** What is sent back to the host as it came: ids, addresses, places in a list. */
const SENT_BACK = /^(?:id|url|.*_id|.*cursor)$/u;

/** A reviver for `JSON.parse`. */
export function revealed(key: string, value: unknown): unknown {
  return typeof value === "string" && !SENT_BACK.test(key) ? visible(value) : value;
}
