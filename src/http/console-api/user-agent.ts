type Sign = readonly [pattern: RegExp, name: string];

/** The first that fits; each browser also says that it is the ones below it. */
const browsers: readonly Sign[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
];
const systems: readonly Sign[] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** `Firefox on Linux`: so that a person knows which of the sessions is whose. */
export function describeUserAgent(header: string | undefined): string {
  const text = (header ?? '').slice(0, 500);
  const browser = nameOf(browsers, text) ?? 'Unknown browser';
  const system = nameOf(systems, text);
  return system === undefined ? browser : `${browser} on ${system}`;
}

function nameOf(signs: readonly Sign[], text: string): string | undefined {
  return signs.find(([pattern]) => pattern.test(text))?.[1];
}
