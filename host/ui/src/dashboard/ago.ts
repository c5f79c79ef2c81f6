// How long ago something was, as an operator thinks of it.
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const format = new Intl.RelativeTimeFormat("en-GB", { numeric: "always" });

export function ago(at: string): string {
  const passed = Date.now() - Date.parse(at);
  const [unit, size] = UNITS.find(([, length]) => passed >= length) ?? ["minute", Infinity];
  return size === Infinity ? "just now" : format.format(-Math.floor(passed / size), unit);
}

/** `1 row`, `200 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}
