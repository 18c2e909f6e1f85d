import { compileRoles, idPattern, identifyingIndexes, typeLengthMax } from './attribute-reader.ts';
import type { AttributeTable } from './attribute-reader.ts';
import { AttributeScanner, tokens } from './attribute-scanner.ts';
import { attributeLengthMax } from './attribute-value.ts';
import { compileCategories } from './category-of-event.ts';
import { ContentText } from './content-text.ts';
import { identityOfContent, relationOf } from './event-identity.ts';
import type { EventScanner, FeedField, ScannedEvent } from './feed.ts';
import { IsoTimeReader } from './iso-time-reader.ts';
import { RecurringTexts } from './recurring-texts.ts';

const digit0 = 0x30;

/**
 * Reads events as `compileAttributeReader` does, from the bytes of their JSON, in half the time.
 * Gives up on every event that is not canonical, or not quite ordinary; never refuses one.
 */
export function compileEventScanner(table: AttributeTable): EventScanner {
  const reading = new Reading(table);
  return (bytes, start, end) => reading.event(bytes, start, end);
}

/** The reading of one event after the other. */
class Reading {
  readonly #table: AttributeTable;
  readonly #scanner: AttributeScanner;
  readonly #content: ContentText;
  readonly #roles: ReturnType<typeof compileRoles>;
  readonly #indexes: ReturnType<typeof identifyingIndexes>;
  readonly #accepts: readonly Uint8Array[];
  readonly #categoryOf: ReturnType<typeof compileCategories>;
  readonly #trimmed: readonly number[];
  readonly #times = new IsoTimeReader();
  readonly #types = new RecurringTexts((text) => (isType(text) ? text : undefined));
  readonly #categories = new RecurringTexts((text) => text);

  constructor(table: AttributeTable) {
    this.#table = table;
    this.#scanner = new AttributeScanner(table.fields);
    this.#content = new ContentText(this.#scanner);
    this.#roles = compileRoles(table);
    this.#indexes = identifyingIndexes(table);
    this.#categoryOf = compileCategories(table.categories);
    this.#accepts = table.fields.map((field) => acceptedTokens(field, table.relation));
    this.#trimmed = table.fields.flatMap(({ trimmed }, index) => (trimmed === true ? [index] : []));
  }

  event(bytes: Buffer, start: number, end: number): ScannedEvent | undefined {
    if (!this.#scanner.scan(bytes, start, end)) return undefined;
    this.#content.begin(bytes, end - start);
    if (!this.#isCanonical(bytes)) return undefined;
    const roles = this.#roles;
    const { starts, ends } = this.#scanner;
    if (!this.#has(roles.type) || !this.#has(roles.time)) return undefined;
    const type = this.#types.read(bytes, starts[roles.type] ?? 0, ends[roles.type] ?? 0);
    const timeStart = starts[roles.time] ?? 0;
    const occurredAtMs = this.#times.read(bytes, timeStart, ends[roles.time] ?? 0);
    if (type === undefined || occurredAtMs === undefined) return undefined;
    const { severities, defaultSeverity } = this.#table;
    const rawSeverity = this.#integer(bytes, roles.severity) ?? defaultSeverity;
    const severity = severities[rawSeverity];
    if (severity === undefined) return undefined;
    const ownId = this.#text(bytes, roles.id);
    if (ownId !== undefined && !idPattern.test(ownId)) return undefined;
    const id = ownId ?? this.#identity(bytes, occurredAtMs, rawSeverity);
    const category = this.#categoryOf(this.#ownCategory(bytes, type), type);
    return { id, occurredAtMs, type, severity, category };
  }

  #isCanonical(bytes: Buffer): boolean {
    const { tokens: found, starts, ends } = this.#scanner;
    const isInOrder = this.#table.inOrder === true;
    let before = 0;
    for (let index = 0; index < found.length; index += 1) {
      const token = found[index] ?? 0;
      if (token === tokens.absent) continue;
      const start = starts[index] ?? 0;
      const end = ends[index] ?? 0;
      if (this.#accepts[index]?.[token] !== 1 || end - start > attributeLengthMax) return false;
      if (token === tokens.escaped && !this.#content.unescape(index)) return false;
      if (isInOrder && start < before) return false;
      before = start;
    }
    for (const index of this.#trimmed) {
      const isText = found[index] === tokens.text;
      if (isText && !isTrimmed(bytes, starts[index] ?? 0, ends[index] ?? 0)) return false;
    }
    return true;
  }

  /** False for nothing: absent, null or empty. Where an attribute has a role it has no escapes. */
  #has(index: number): boolean {
    const { tokens: found, starts, ends } = this.#scanner;
    return (found[index] ?? 0) > tokens.null && starts[index] !== ends[index];
  }

  /** Text or digits; undefined for nothing. */
  #text(bytes: Buffer, index: number): string | undefined {
    if (!this.#has(index)) return undefined;
    const { starts, ends } = this.#scanner;
    return bytes.toString('utf8', starts[index], ends[index]);
  }

  /** Undefined for nothing. */
  #integer(bytes: Buffer, index: number): number | undefined {
    if (!this.#has(index)) return undefined;
    const { starts, ends } = this.#scanner;
    let value = 0;
    for (let at = starts[index] ?? 0; at < (ends[index] ?? 0); at += 1) {
      value = value * 10 + (bytes[at] ?? 0) - digit0;
    }
    return value;
  }

  #ownCategory(bytes: Buffer, type: string): string | undefined {
    const { category } = this.#roles;
    if (category === -1) return type;
    if (!this.#has(category)) return undefined;
    const { starts, ends } = this.#scanner;
    return this.#categories.read(bytes, starts[category] ?? 0, ends[category] ?? 0);
  }

  #identity(bytes: Buffer, occurredAtMs: number, rawSeverity: number): string {
    const { identifying, telling } = this.#indexes;
    const relation = this.#relation(bytes);
    if (relation !== undefined && telling !== undefined) {
      return identityOfContent(relation, this.#content.of(`[${occurredAtMs}`, telling));
    }
    const start = `[${occurredAtMs},${rawSeverity}`;
    return identityOfContent(relation, this.#content.of(start, identifying));
  }

  #relation(bytes: Buffer): string | undefined {
    const { relation } = this.#roles;
    const text = this.#text(bytes, relation);
    return this.#scanner.tokens[relation] === tokens.integer ? text : relationOf(text);
  }
}

function isType(text: string): boolean {
  return text.length <= typeLengthMax && text.trim() !== '';
}

/** 1 for the tokens that stand for a canonical value; what is doubtful is left to the reader. */
function acceptedTokens({ name, type, role, trimmed }: FeedField, relation: string): Uint8Array {
  const isText = type === 'string' || type === 'address';
  const isFree = role === undefined && trimmed !== true && name !== relation;
  const accepted = new Uint8Array(Object.keys(tokens).length);
  accepted[tokens.null] = 1;
  accepted[tokens.integer] = type === 'integer' ? 1 : 0;
  accepted[tokens.text] = isText || role === 'time' ? 1 : 0;
  accepted[tokens.escaped] = isText && isFree ? 1 : 0;
  return accepted;
}

/** Blanks of other alphabets are for the parser to find. */
function isTrimmed(bytes: Buffer, start: number, end: number): boolean {
  return start === end || (isVisibleAscii(bytes[start]) && isVisibleAscii(bytes[end - 1]));
}

function isVisibleAscii(byte = 0): boolean {
  return byte > 0x20 && byte < 0x7f;
}
