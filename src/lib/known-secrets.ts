/** Shorter ones would be found in words that have nothing to do with them. */
const lengthMin = 6;
/** What is longer is a key, which nobody is sent, or a signed token, which is one long run. */
const lengthMax = 1024;
const countMax = 1000;

/** By this many characters at its end a form is looked up: many tokens begin alike. */
const endLength = lengthMin;
const endBits = 5;
const endMask = 2 ** (endLength * endBits) - 1;
/** A token may still be spoken of when there is a new one. */
const tokensMax = 2;

interface Remembered {
  readonly value: string;
  readonly forms: ReadonlySet<string>;
  /** By how many holders of tokens; infinitely many for what nobody replaces. */
  holders: number;
}

/** By value, the latest last. Not exported, so that nothing can print them. */
const remembered = new Map<string, Remembered>();
/** Forms by their end; one that several secrets share stands there for each. */
const formsByEnd = new Map<number, readonly string[]>();
/** The last tokens of each holder. */
const tokensOf = new WeakMap<object, Remembered[]>();

/**
 * Has `withoutSecrets` leave out this value from now on, in whatever form it comes back. The last
 * thousand are remembered, those of 6 to 1,024 characters.
 */
export function rememberSecret(value: string): void {
  const secret = latest(value);
  if (secret !== undefined) secret.holders = Infinity;
}

/**
 * As `rememberSecret`, for a token that takes the place of the one that `holder` had before: that one
 * is remembered until the next comes, and longer when somebody else has it too.
 */
export function rememberToken(value: string, holder: object): void {
  const token = latest(value);
  const tokens = tokensOf.get(holder) ?? [];
  if (token === undefined || tokens.at(-1) === token) return;
  token.holders += 1;
  tokens.push(token);
  tokensOf.set(holder, tokens);
  const gone = tokens.length > tokensMax ? tokens.shift() : undefined;
  if (gone === undefined) return;
  gone.holders -= 1;
  if (gone.holders === 0) forget(gone);
}

/** A part of a text: from, and up to but not including. */
export type Span = readonly [from: number, until: number];

/**
 * Where remembered secrets stand in `text`: as they are, escaped, or within Base64. Reads it once,
 * however many are remembered: a server may give reasons for each of ten thousand events.
 */
export function secretsIn(text: string): readonly Span[] {
  const found: Span[] = [];
  let end = 0;
  for (let index = 0; index < text.length; index += 1) {
    end = withNext(end, text, index);
    for (const form of formsByEnd.get(end) ?? []) {
      if (text.endsWith(form, index + 1)) found.push([index + 1 - form.length, index + 1]);
    }
  }
  return found;
}

/** The secret, now the latest. Undefined when it is none to remember. */
function latest(value: string): Remembered | undefined {
  if (value.length < lengthMin || value.length > lengthMax) return undefined;
  const secret = remembered.get(value) ?? { value, forms: formsOf(value), holders: 0 };
  forget(secret);
  remembered.set(value, secret);
  for (const form of secret.forms) {
    const end = endOf(form);
    formsByEnd.set(end, [...(formsByEnd.get(end) ?? []), form]);
  }
  const [oldest] = remembered.values();
  if (remembered.size > countMax && oldest !== undefined) forget(oldest);
  return secret;
}

/** Does nothing when it is forgotten already. */
function forget(secret: Remembered): void {
  if (remembered.get(secret.value) !== secret) return;
  remembered.delete(secret.value);
  for (const form of secret.forms) {
    const end = endOf(form);
    const forms = formsByEnd.get(end) ?? [];
    const others = forms.toSpliced(forms.indexOf(form), 1);
    if (others.length === 0) formsByEnd.delete(end);
    else formsByEnd.set(end, others);
  }
}

/** A number for the last characters of a form; others may have the same. */
function endOf(form: string): number {
  let end = 0;
  for (let index = form.length - endLength; index < form.length; index += 1) {
    end = withNext(end, form, index);
  }
  return end;
}

/** Each character moves those before by so many bits that only the last ones are left. */
function withNext(end: number, text: string, index: number): number {
  return ((end << endBits) ^ text.charCodeAt(index)) & endMask;
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
