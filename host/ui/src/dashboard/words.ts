// Stable words of the host as people read them.

/** `partially_shipped` → `partially shipped`. */
export function words(word: string): string {
  return word.replaceAll("_", " ").replace(/\bcanceled\b/u, "cancelled");
}

/** `it misbehaved` → `It misbehaved.` */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/u, "")}.`;
}

const OF: Record<string, string> = { lines: "line ", shipping_methods: "shipping method ", totals: "", ship_to: "delivery " };

/** `lines/1/unit_price` → `line 1, unit price`; `totals/tax` → `tax`; what names a thing stays as it is. */
export function fieldName(path: string): string {
  const [kind = "", name, ...rest] = path.split("/");
  if (name === undefined) return words(kind);
  const isId = kind === "lines" || kind === "shipping_methods";
  return [`${OF[kind] ?? `${words(kind)}, `}${isId ? name : words(name)}`, ...rest.map(words)].join(", ");
}

const DOUBTS: Record<string, string> = {
  request_failed: "A request failed although its page was returned.",
  page_failed: "Every request of a page failed.",
  no_request: "A page was returned without any request to the store.",
  short_of_total: "Fewer records were read than the store reports.",
  total_shrank: "The store’s total shrank while the list was read.",
  may_have_shifted: "The list is read by page number, and rows may have moved between its pages.",
  large_share: "Too large a share of the rows would be deleted at once.",
  whole_part: "A warehouse or price list with many rows before returned none.",
  empty: "The list was empty, but was not before.",
  offer_held: "The offers of these rows are held themselves.",
};

/** Why what a pass did not see is not taken for deleted. */
export function doubt(code: string): string {
  return DOUBTS[code] ?? `${words(code)}.`;
}
