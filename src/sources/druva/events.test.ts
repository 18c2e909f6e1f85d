import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TailraceEvent } from '../../core/event.ts';
import { compileEncoder } from '../../encode/compile-encoder.ts';
import { profiles, vendorFormats, type EncoderOptions } from '../../encode/encoder.ts';
import { compileLineReader } from '../../encode/line-reader.ts';
import { inSyncGenerator } from '../../feeds/insync-generator.ts';
import { inSync } from '../../feeds/insync.ts';
import { eventsOfLines } from '../../testing/events-of-lines.ts';
import { createEventReader } from './events.ts';
import { cutLines, PageCutter, type PageElements } from './page-elements.ts';
import { readCheckpoint } from './checkpoint.ts';

const startMs = Date.UTC(2026, 10, 20);
const settings = { profile: 'vendor', hostname: 'cloud.druva.com', facility: 23 } as const;
const readPage = createEventReader(inSync);
const readLine = compileLineReader(inSync);
const from = { checkpoint: readCheckpoint(undefined, 'v1'), nowMs: startMs };

function read(...lines: readonly string[]): readonly TailraceEvent[] {
  return eventsOfLines(readPage(elementsOf(JSON.stringify(lines)), from).events);
}

function elementsOf(list: string): PageElements {
  const found = new PageCutter(Buffer.from(list)).list(0);
  assert.ok(found, list);
  return found.elements;
}

function idsOf(lines: readonly string[]): readonly string[] {
  return read(...lines).map(({ id }) => id);
}

function linesOf({
  everyMs = 1000,
  ...options
}: Pick<EncoderOptions, 'format'> & Partial<EncoderOptions> & { everyMs?: number }): string[] {
  const encode = compileEncoder(inSync, { ...settings, ...options });
  const generate = inSyncGenerator(11);
  return Array.from({ length: 300 }, (_, index) =>
    encode(inSync.readEvent(generate(startMs + index * everyMs)).event),
  );
}

describe('reading lines of a page', () => {
  for (const format of ['cef', 'syslog'] as const) {
    it(`keeps ${format} as the vendor writes it, with what its header says`, () => {
      for (const line of linesOf({ format })) {
        const [event] = read(line);
        const { occurredAtMs, type, severity } = readLine(line);
        assert.deepEqual(event, {
          id: event?.id,
          occurredAtMs,
          type,
          severity,
          original: line,
          fields: {},
        });
      }
    });

    it(`gives ${format} in every form as if its attributes were kept`, () => {
      for (const line of linesOf({ format })) {
        const [event] = read(line);
        assert.ok(event);
        for (const form of vendorFormats) {
          for (const profile of profiles) {
            const encode = compileEncoder(inSync, { ...settings, format: form, profile });
            assert.equal(encode(event), encode({ ...event, fields: readLine(line).fields }));
          }
        }
      }
    });

    it(`keeps the attributes of strict ${format} beside the line`, () => {
      for (const line of linesOf({ format, profile: 'strict' }).slice(0, 20)) {
        const [event] = read(line);
        assert.deepEqual(event, { ...readLine(line), original: line });
      }
    });

    it(`knows ${format} again under another facility`, () => {
      const [before = [], after = []] = [6, 23].map((facility) => linesOf({ format, facility }));
      assert.notDeepEqual(before, after);
      assert.deepEqual(idsOf(before), idsOf(after));
      assert.equal(new Set(idsOf(before)).size, 300);
      assert.ok(idsOf(before).every((id) => id.length <= 40));
    });
  }

  it('numbers identical lines', () => {
    const [line = ''] = linesOf({ format: 'cef' });
    const [first, second, third] = read(line, line, line).map(({ id }) => id);
    assert.deepEqual([second, third], [`${first}-2`, `${first}-3`]);
  });

  it('numbers identical lines of one second across pages, with others in between', () => {
    const [a = '', b = '', c = ''] = linesOf({ format: 'cef' });
    const first = readPage(elementsOf(JSON.stringify([a, b])), from);
    const next = (occurrences: typeof first.occurrences, lines: readonly string[]) =>
      readPage(elementsOf(JSON.stringify(lines)), {
        ...from,
        checkpoint: { ...from.checkpoint, ...(occurrences === undefined ? {} : { occurrences }) },
      });
    const second = next(first.occurrences, [a, c]);
    const third = next(second.occurrences, [a, b, c]);
    const [idOfA, idOfB, idOfC] = idsOf([a, b, c]);
    assert.deepEqual(second.events.ids, [`${idOfA}-2`, idOfC]);
    assert.deepEqual(third.events.ids, [`${idOfA}-3`, `${idOfB}-2`, `${idOfC}-2`]);
  });

  it('carries few lines to the next page, and none by which it would take repeats for others', () => {
    const lines = linesOf({ format: 'cef' });
    const first = readPage(elementsOf(JSON.stringify(lines.slice(0, 20))), from);
    assert.equal(first.occurrences?.lines.split(' ').length, 3);
    const second = readPage(elementsOf(JSON.stringify(lines.slice(10, 21))), {
      ...from,
      checkpoint: { ...from.checkpoint, occurrences: first.occurrences },
    });
    const isKnown = second.events.ids.map((id) => first.events.ids.includes(id));
    assert.equal(isKnown.lastIndexOf(true), 6, 'lines from more than 2 s before the page ended');
    assert.equal(second.occurrences?.lines.split(' ').length, 3);
    const inTwoSeconds = linesOf({ format: 'cef', everyMs: 7 });
    const many = readPage(elementsOf(JSON.stringify(inTwoSeconds)), from);
    const ofLast = inTwoSeconds.filter((line) => readLine(line).occurredAtMs > startMs + 1999);
    assert.ok(ofLast.length < 200);
    assert.equal(many.occurrences?.lines.split(' ').length, 100 + ofLast.length);
  });

  it('reads a line as a whole when its header is unusual', () => {
    const [line = ''] = linesOf({ format: 'syslog' });
    const doubled = line.replace(' EventType=', ' EventType=Other EventType=');
    const [event] = read(doubled);
    assert.deepEqual(event, { ...readLine(doubled), original: doubled });
  });

  it('reads a line the same however its JSON escapes it, and as plain text', () => {
    for (const line of linesOf({ format: 'cef' })) {
      const text = JSON.stringify(line);
      const spellings = [text, text.replaceAll('/', '\\/'), text.replaceAll('a', '\\u0061')];
      const pages = spellings.map((spelling) => elementsOf(`[${spelling}]`));
      for (const page of [...pages, cutLines(Buffer.from(`${line}\n`), false)]) {
        assert.deepEqual(eventsOfLines(readPage(page, from).events), read(line));
      }
    }
  });
});

describe('reading objects of a page', () => {
  it('keeps what is canonical byte for byte, and nothing that says something else', () => {
    const event = '"eventType":"Backup","timestamp":"2026-11-20T00:00:00Z","severity":6';
    const spaced = `{"eventDetails": "\\u0041", ${event}}`;
    const list = `[${spaced},{"eventID":9007199254740993,${event}},{\n${event}}]`;
    const { events } = readPage(elementsOf(list), from);
    const [first = '', second = '', third = ''] = Buffer.from(events.ndjson).toString().split('\n');
    assert.ok(first.endsWith(`"fields":${spaced}}`));
    assert.match(second, /"eventID":"9007199254740993"/);
    assert.ok(third.endsWith(`"fields":{${event}}}`));
  });

  it('reads what the reader of attributes reads', () => {
    const generate = inSyncGenerator(5);
    const objects = Array.from({ length: 200 }, (_, index) => generate(startMs + index * 1000));
    assert.deepEqual(
      eventsOfLines(readPage(elementsOf(JSON.stringify(objects)), from).events),
      objects.map((object) => inSync.readEvent(object).event),
    );
  });

  it('refuses a page with an element that is not JSON', () => {
    for (const element of ['{"a":tru}', '"\\x"', 'nul']) {
      assert.throws(() => readPage(elementsOf(`["x",${element}]`), from), {
        code: 'source_misbehaved',
        message: 'element 2 of the page is not JSON',
      });
    }
  });
});
