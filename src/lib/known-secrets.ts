/** Shorter ones would be found in words that have nothing to do with them. */
const lengthMin = 6;
/** What is longer is a key, which nobody is sent, or a signed token, which is one long run. */
const lengthMax = 1024;
const countMax = 1000;

/** The forms of each by its value, the latest last. Not exported, so that nothing can print them. */
const remembered = new Map<string, ReadonlySet<string>>();

/**
 * Has `withoutSecrets` leave out this value from now on, in whatever form it comes back. The last
 * thousand are remembered, those of 6 to 1,024 characters.
 */
export function rememberSecret(value: string): void {
  if (value.length < lengthMin || value.length > lengthMax) return;
  const forms = remembered.get(value) ?? formsOf(value);
  remembered.delete(value);
  remembered.set(value, forms);
  const [oldest] = remembered.keys();
  if (remembered.size > countMax && oldest !== undefined) remembered.delete(oldest);
}

/** A part of a text: from, and up to but not including. */
export type Span = readonly [from: number, until: number];

/** Where remembered secrets stand in `text`: as they are, escaped, or within Base64. */
export function secretsIn(text: string): readonly Span[] {
  return [...remembered.values()].flatMap((forms) =>
    [...forms].flatMap((form) => occurrences(form, text)),
  );
}

function formsOf(value: string): ReadonlySet<string> {
  const encoded = encodeURIComponent(value.toWellFormed());
  const base64 = [0, 1, 2].map((bytesBefore) => withinBase64(value, bytesBefore));
  return new Set([
    value,
    encoded,
    encoded.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase()),
    encodeURI(value.toWellFormed()),
    new URLSearchParams([['', value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    escapedAsMarkup(value),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]);
}

/**
 * The characters that stand for `value` alone, whatever comes behind it, when so many bytes modulo 3
 * come before it, such as a user name and a colon.
 */
function withinBase64(value: string, bytesBefore: number): string {
  const bytes = Buffer.concat([Buffer.alloc(bytesBefore), Buffer.from(value)]);
  const from = Math.ceil((bytesBefore * 8) / 6);
  return bytes.toString('base64').slice(from, Math.floor((bytes.length * 8) / 6));
}

const references = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' } as const;

function escapedAsMarkup(value: string): string {
  return Object.entries(references).reduce(
    (text, [character, reference]) => text.replaceAll(character, reference),
    value,
  );
}

function occurrences(form: string, text: string): readonly Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
    found.push([at, at + form.length]);
  }
  return found;
}
