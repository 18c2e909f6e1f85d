import { Headers } from 'undici';
import type { Feed } from '../../../src/feeds/feed.ts';
import { appTrana } from '../../../src/feeds/apptrana.ts';
import { inSync } from '../../../src/feeds/insync.ts';
import type { HttpAnswer } from '../../../src/lib/http-client.ts';
import { openEnvelope as openAttacks } from '../../../src/sources/apptrana/envelope.ts';
import { readAttacks } from '../../../src/sources/apptrana/events.ts';
import { readCheckpoint } from '../../../src/sources/druva/checkpoint.ts';
import { openEnvelope as openPage } from '../../../src/sources/druva/envelope.ts';
import { createEventReader } from '../../../src/sources/druva/events.ts';
import { readGapHeader } from '../../../src/sources/gap-header.ts';
import { readStoredEvents } from '../../../src/sources/tailrace/events.ts';
import { toStoredEvent } from '../../../src/core/event.ts';
import { assertGoodStored, eventTextsOf, linesOf } from '../events.ts';
import { storedEventsOf } from '../../../src/testing/events-of-lines.ts';
import { type FuzzTarget, texts } from '../fuzz-target.ts';

const nowMs = Date.UTC(2026, 10, 21);
const attacks = eventTextsOf(appTrana, 3).join(',');
const storedLines = [inSync].flatMap((feed) =>
  eventTextsOf(feed, 3).map((text) => toStoredEvent(feed.readEvent(JSON.parse(text)).event).json),
);

const readDruva = createEventReader(inSync);
const checkpoint = readCheckpoint(undefined, 'v2');

/** Answers of vendors: what is taken of them can be stored and encoded, and nothing else happens. */
export const vendorPageTargets: readonly FuzzTarget[] = [
  {
    name: 'druva-page',
    seeds: texts(
      `{"nextPageExists":false,"tracker":"abc","events":[${eventTextsOf(inSync, 3).join(',')}]}`,
      `[${eventTextsOf(inSync, 2).join(' , ')}]`,
      `{"events":${JSON.stringify([...linesOf(inSync, 'cef'), ...linesOf(inSync, 'syslog')])}}`,
      `${linesOf(inSync, 'cef').join('\n')}\n`,
    ),
    tokens: ['"events":[', '{"events":', '"tracker":', '"nextPageExists":"True",', '[[', ',,'],
    read: (input) => {
      const { elements, tracker, nextPageExists } = openPage(answer(input, 'text/plain'));
      const page = readDruva(elements, { checkpoint, nowMs });
      assertGood(inSync, storedEventsOf(page.events));
      return { tracker, nextPageExists, page };
    },
  },
  {
    name: 'apptrana-answer',
    seeds: texts(
      `{"successMessage":"Success","data":[{"websiteName":"www.example.com","attacks":[${attacks}]}]}`,
      '{"successMessage":"Success","data":[{"websiteName":"a","attacks":null}]}',
      '{"successMessage":"Success","data":null}',
    ),
    tokens: ['"attacks":[', '"data":[', '"attackTime":', '"requestId":', '"websiteName":null,'],
    read: (input) => {
      const found = openAttacks(answer(input, 'application/json'));
      if (found === undefined) return undefined;
      const read = readAttacks(appTrana, found, nowMs);
      assertGood(appTrana, read.events);
      return read;
    },
  },
  {
    name: 'streams-page',
    seeds: texts(`${storedLines.join('\n')}\n`),
    tokens: [
      '"id":"x",',
      '"occurredAtMs":',
      '"severity":',
      '"fields":{',
      '"original":"',
      '-1',
      '9e15',
    ],
    read: (input) => {
      const events = storedEventsOf(readStoredEvents(input));
      assertGood(inSync, events);
      return events;
    },
  },
  {
    name: 'gap-header',
    seeds: texts('first=1; last=400; until=2026-11-21T18:45:12.000Z', 'first=1; last=2'),
    tokens: ['first=', '; last=', '; until='],
    read: (input) => {
      const text = input.toString('latin1').replaceAll(/[^\t -~\u0080-\u00ff]/g, '');
      return readGapHeader({
        ...answer(input, ''),
        headers: new Headers({ 'tailrace-gap': text }),
      });
    },
  },
];

function answer(body: Buffer, contentType: string): HttpAnswer {
  return { status: 200, headers: new Headers({ 'content-type': contentType }), body };
}

function assertGood(feed: Feed, events: readonly { readonly json: string }[]): void {
  for (const { json } of events) assertGoodStored(feed, json);
}
