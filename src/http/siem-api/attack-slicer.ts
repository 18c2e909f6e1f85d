import { StoredHead } from '../../encode/stored-head.ts';
import { appTranaFields, attackAttributes } from '../../feeds/apptrana-fields.ts';
import { AttributeScanner, tokens } from '../../feeds/attribute-scanner.ts';

const indexes = new Map(appTranaFields.map(({ name }, index) => [name, index]));
const documented = attackAttributes.map(indexOf);
const eventType = indexOf('eventType');
const attackTime = indexOf('attackTime');
const website = indexOf('websiteName');
const last = indexOf(attackAttributes.at(-1) ?? '');
const documentedTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z$/;

/**
 * Finds an attack in the bytes of its stored event, without parsing them. That is possible for
 * nearly all: those with every attribute of the document in its order, the time as the document
 * writes it, the website last and nothing else.
 */
export class AttackSlicer {
  readonly #head = new StoredHead();
  readonly #scanner = new AttributeScanner(appTranaFields);
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  /** False for an attack that has to be parsed. The bytes must be UTF-8. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#start = this.#head.read(bytes, start);
    if (this.#start === -1 || !this.#scanner.scan(bytes, this.#start, end - 1)) return false;
    return this.#isAsDocumented();
  }

  /**
   * Where the text stands that `JSON.stringify(attackOf(event))` would be, but with the blanks and
   * escapes that came in, and without the brace that closes it.
   */
  get text(): { readonly bytes: Buffer; readonly start: number; readonly end: number } {
    return { bytes: this.#bytes, start: this.#start, end: this.#endOf(last) };
  }

  get websiteName(): string {
    return this.#text(website);
  }

  get eventType(): string {
    return this.#text(eventType);
  }

  #isAsDocumented(): boolean {
    const { tokens: found, starts } = this.#scanner;
    const present = found.reduce((count, token) => count + (token === tokens.absent ? 0 : 1), 0);
    if (present !== documented.length + 1 || !this.#isPlainText(website)) return false;
    let before = 0;
    for (const index of documented) {
      const start = starts[index] ?? 0;
      if (found[index] === tokens.absent || start < before) return false;
      before = start;
    }
    if ((starts[website] ?? 0) < before) return false;
    return this.#isPlainText(eventType) && documentedTime.test(this.#text(attackTime));
  }

  /** Behind the value, its quote included. */
  #endOf(index: number): number {
    const { tokens: found, ends } = this.#scanner;
    const isQuoted = found[index] === tokens.text || found[index] === tokens.escaped;
    return (ends[index] ?? 0) + (isQuoted ? 1 : 0);
  }

  #isPlainText(index: number): boolean {
    const { tokens: found, starts, ends } = this.#scanner;
    return found[index] === tokens.text && starts[index] !== ends[index];
  }

  #text(index: number): string {
    const { starts, ends } = this.#scanner;
    return this.#bytes.toString('utf8', starts[index], ends[index]);
  }
}

function indexOf(name: string): number {
  const index = indexes.get(name);
  if (index === undefined) throw new Error(`the feed has no attribute ${name}`);
  return index;
}
