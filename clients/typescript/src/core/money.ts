/**
 * An amount of minor units as people write it: `money(1234500, "CNY", "zh-CN")` is `¥12,345.00`.
 *
 * The digits are put together as text, so no amount is rounded on the way.
 */
export function money(minor: number, currency: string, locale?: string): string {
  if (!Number.isSafeInteger(minor)) throw new RangeError(`not an amount of minor units: ${minor}`);
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  const places = format.resolvedOptions().maximumFractionDigits ?? 2;
  const digits = String(Math.abs(minor)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const part = places > 0 ? `.${digits.slice(-places)}` : "";
  return format.format(`${minor < 0 ? "-" : ""}${whole}${part}` as Intl.StringNumericLiteral);
}
