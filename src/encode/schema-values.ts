import { isIP } from 'node:net';
import type { JsonValue } from '../core/json.ts';
import { formatIsoTime, parseIsoTime, withinTime } from '../feeds/iso-time.ts';
import { jsonText } from './json/json-text.ts';
import { textOf } from './line-text.ts';

const hostnameLabel = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const hostname = new RegExp(`^(?:${hostnameLabel}\\.)*${hostnameLabel}$`);

/** How common schemas type their attributes; each is written as JSON, or not at all if it does not fit. */
const writers = {
  text: (value) => quoted(textOf(value)),
  /** A list with this one text. */
  texts: (value) => {
    const text = quoted(textOf(value));
    return text === undefined ? undefined : `[${text}]`;
  },
  integer: integerText,
  address: (value) => {
    // A zone (`%eth0`) means something on one host only, and receivers refuse it.
    const isAddress = typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
    return isAddress ? `"${value}"` : undefined;
  },
  /** RFC 1123's: letters, digits and hyphens between dots. */
  hostname: (value) => {
    const isHostname = typeof value === 'string' && value.length <= 253 && hostname.test(value);
    return isHostname ? `"${value}"` : undefined;
  },
  /** ISO 8601 in UTC, to the millisecond. */
  moment: (value) => {
    const timeMs = epochMs(value);
    return timeMs === undefined ? undefined : `"${formatIsoTime(timeMs, 'millisecond')}"`;
  },
  epochMs: (value) => {
    const timeMs = epochMs(value);
    return timeMs === undefined ? undefined : `${timeMs}`;
  },
} as const satisfies Record<string, (value: JsonValue) => string | undefined>;

export type SchemaType = keyof typeof writers;

/** `value` as JSON of this type; undefined when it does not fit, or there is nothing to write. */
export function schemaText(type: SchemaType, value: JsonValue): string | undefined {
  return writers[type](value);
}

/** JSON of whatever type; a text is well-formed even if it came with lone surrogates. */
export function anyText(value: JsonValue): string {
  return jsonText(typeof value === 'string' ? value.toWellFormed() : value);
}

function quoted(text: string): string | undefined {
  return text.trim() === '' ? undefined : jsonText(text.toWellFormed());
}

function integerText(value: JsonValue): string | undefined {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? `${number}` : undefined;
}

function epochMs(value: JsonValue): number | undefined {
  if (typeof value === 'number') return withinTime(value);
  return typeof value === 'string' ? parseIsoTime(value) : undefined;
}
