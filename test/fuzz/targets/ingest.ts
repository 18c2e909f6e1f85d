import assert from 'node:assert/strict';
import { AppError } from '../../../src/core/errors.ts';
import type { Feed, ScannedEvent } from '../../../src/feeds/feed.ts';
import { readBatch } from '../../../src/http/ingest/read-batch.ts';
import { assertGoodStored, eventTextsOf, fieldNamesOf, fuzzedFeeds } from '../events.ts';
import { type FuzzTarget, texts } from '../fuzz-target.ts';

const limits = { events: 1000, eventBytes: 32 * 1024 };

/** Bodies of the ingest API; what is taken of them can be stored and encoded. */
export const ingestTargets: readonly FuzzTarget[] = fuzzedFeeds.flatMap((feed) => [
  {
    name: `ingest-${feed.name}`,
    seeds: texts(
      eventTextsOf(feed).join('\n'),
      `[${eventTextsOf(feed, 3).join(', ')}]`,
      `\uFEFF${eventTextsOf(feed, 1).join('')}\r\n\r\n`,
    ),
    tokens: tokensOf(feed),
    read: (input) => readBody(feed, input),
  },
  {
    name: `scan-${feed.name}`,
    seeds: texts(...eventTextsOf(feed)),
    tokens: tokensOf(feed),
    read: (input) => compareScanner(feed, input),
  },
]);

function readBody(feed: Feed, input: Buffer): unknown {
  const { events, skipped } = readBatch(input, feed, (category) => category !== 'Login', limits);
  const ndjson = Buffer.from(events.ndjson).toString();
  const lines = ndjson.split('\n').slice(0, -1);
  assert.equal(lines.length, events.ids.length);
  for (const line of lines) assertGoodStored(feed, line);
  return { ids: events.ids, times: events.occurredAtMs, lines, skipped };
}

/** Whatever the scanner says of an event, the reader says too. */
function compareScanner(feed: Feed, input: Buffer): unknown {
  const bytes = Buffer.concat([Buffer.from('{"'), input, Buffer.from('\n{"category":"x')]);
  const text = input.toString();
  // The caller gives it whole lines of UTF-8.
  if (/[\n\r]/.test(text) || !Buffer.from(text).equals(input)) return undefined;
  const scanned = feed.scanEvent?.(bytes, 2, 2 + input.length);
  if (scanned === undefined) return undefined;
  const read = feed.readEvent(parse(text));
  const { fields: _, ...event } = read.event;
  assert.ok(read.canonical);
  assert.deepEqual<ScannedEvent>(scanned, { ...event, category: read.category });
  return scanned;
}

function parse(text: string): Parameters<Feed['readEvent']>[0] {
  try {
    return JSON.parse(text);
  } catch (error) {
    assert.ok(!(error instanceof AppError));
    throw new Error(`the scanner took what is no JSON`, { cause: error });
  }
}

function tokensOf(feed: Feed): readonly string[] {
  return [
    ...fieldNamesOf(feed).flatMap((name) => [`"${name}":`, `"${name}":"",`, `"${name}":1,`]),
    '"severity":99,',
    '"timestamp":1795132800000,',
    '"__proto__":{"a":1},',
    ': ',
    ', ',
  ];
}
