/** The first that a User-Agent header holds; order counts, because each browser also names those it descends from. */
const browsers = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['CriOS', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['CrOS', 'ChromeOS'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** A device in its owner's words, such as `Firefox on Windows`, as far as its User-Agent header tells. */
export function deviceOf(userAgent: string | null | undefined): string {
  const named = (table: readonly (readonly [string, string])[]) =>
    table.find(([sign]) => userAgent?.includes(sign))?.[1];
  const [browser, system] = [named(browsers), named(systems)];
  if (browser === undefined) return system ?? 'A device unknown to us';
  return system === undefined ? browser : `${browser} on ${system}`;
}
