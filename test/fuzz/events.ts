import assert from 'node:assert/strict';
import { parseStoredEvent } from '../../src/core/event.ts';
import type { TailraceEvent } from '../../src/core/event.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import { formats, profiles } from '../../src/encode/encoder.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { appTrana } from '../../src/feeds/apptrana.ts';
import type { Feed } from '../../src/feeds/feed.ts';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { inSync } from '../../src/feeds/insync.ts';

const startMs = Date.UTC(2026, 10, 20);
const options = { hostname: 'cloud.example.com', facility: 23 };

export const fuzzedFeeds: readonly Feed[] = [inSync, appTrana];

const compiled = fuzzedFeeds.map((feed) => ({
  feed,
  encoders: formats.flatMap((format) =>
    profiles.map((profile) => ({
      format,
      encode: compileEncoder(feed, { ...options, format, profile }),
    })),
  ),
}));

/** JSON texts of realistic events. */
export function eventTextsOf(feed: Feed, count = 6): readonly string[] {
  const generate = feed === inSync ? inSyncGenerator(7) : appTranaGenerator(7);
  return Array.from({ length: count }, (_, index) => JSON.stringify(generate(startMs + index)));
}

/** Lines as the vendor writes them, and strict ones. */
export function linesOf(feed: Feed, format: 'cef' | 'syslog'): readonly string[] {
  return profiles.flatMap((profile) => {
    const encode = compileEncoder(feed, { ...options, format, profile });
    return eventTextsOf(feed, 3).map((text) => encode(feed.readEvent(JSON.parse(text)).event));
  });
}

export function fieldNamesOf(feed: Feed): readonly string[] {
  return feed.fields.flatMap(({ name, v1Name }) => [name, v1Name]);
}

/** What was read can be kept, and written in every format: one line, no control character. */
export function assertGoodEvent(feed: Feed, event: TailraceEvent): void {
  assert.match(event.id, /^[!-~]{1,128}$/);
  assert.ok(Number.isSafeInteger(event.occurredAtMs), `time ${event.occurredAtMs}`);
  assert.ok(event.severity >= 0 && event.severity <= 10);
  const { encoders = [] } = compiled.find((entry) => entry.feed.name === feed.name) ?? {};
  for (const { format, encode } of encoders) {
    const line = encode(event);
    const isJson = !['cef', 'syslog'].includes(format);
    if (isJson) JSON.parse(line);
    assert.doesNotMatch(line, isJson ? /[\n\r]/ : /\p{Cc}/u, `${format}: ${line.slice(0, 200)}`);
  }
}

/** As `assertGoodEvent`, for the form in which a store keeps it. */
export function assertGoodStored(feed: Feed, json: string): void {
  assert.doesNotMatch(json, /[\n\r]/);
  assertGoodEvent(feed, parseStoredEvent(json));
}
