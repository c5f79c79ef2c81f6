// How long ago something was, as an operator thinks of it.
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const format = new Intl.RelativeTimeFormat("en-GB", { numeric: "always" });

/** A clock may be wrong: what lies ahead is said to lie ahead. */
export function ago(at: string): string {
  const ahead = Date.parse(at) - Date.now();
  const [unit, size] = UNITS.find(([, length]) => Math.abs(ahead) >= length) ?? [];
  return unit && size ? format.format(Math.trunc(ahead / size), unit) : "just now";
}

/** `1 row`, `200 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}
