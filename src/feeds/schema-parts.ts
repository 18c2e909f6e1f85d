import { isIP } from 'node:net';
import type { JsonValue } from '../core/json.ts';

/** Parts of values, for places in common schemas that want no more than that. */

/** What is no address: a name, or whatever else came. */
export function notAnAddress(value: JsonValue): JsonValue | undefined {
  return typeof value === 'string' && isIP(value) === 0 ? value : undefined;
}

/** `1.1` of `HTTP/1.1`, `1.2` of `TLSv1.2`; nothing of any other text. */
export function versionNumber(value: JsonValue): JsonValue | undefined {
  return typeof value === 'string' ? /^[A-Za-z]+\/?(\d+(?:\.\d+)*)$/.exec(value)?.[1] : undefined;
}

/** `/a` of `/a?b=c`; nothing of what is not a path with or without a query. */
export function uriPath(value: JsonValue): JsonValue | undefined {
  return typeof value === 'string' ? /^([^?#]+)(?:\?[^#]*)?$/.exec(value)?.[1] : undefined;
}

/** `b=c` of `/a?b=c`. */
export function uriQuery(value: JsonValue): JsonValue | undefined {
  return typeof value === 'string' ? /^[^?#]+\?([^#]+)$/.exec(value)?.[1] : undefined;
}
