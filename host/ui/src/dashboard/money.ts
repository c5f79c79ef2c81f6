// Amounts in minor units, as people read them. What is no currency is shown as it came.
export function money(minor: number, currency: string): string {
  if (!/^[A-Za-z]{3}$/u.test(currency)) return `${minor} ${currency}`;
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
