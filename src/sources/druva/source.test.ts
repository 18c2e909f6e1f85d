import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pino from 'pino';
import { AppError } from '../../core/errors.ts';
import { eventsOfLines } from '../../testing/events-of-lines.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { withoutKnownSecrets } from '../../lib/without-secrets.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import {
  ScriptedVendor,
  vendorCredentials,
  vendorSecrets,
  type VendorFault,
  type VendorOptions,
} from '../../testing/scripted-vendor.ts';
import type { Source, SourcePage } from '../source.ts';
import { druvaOptions } from './options.ts';
import { createDruvaSource } from './source.ts';

const signal = new AbortController().signal;
const startMs = Date.UTC(2026, 10, 20);
const dayMs = 86_400_000;

for (const api of ['v1', 'v2'] as const) {
  describe(`the Druva source, ${api}`, () => {
    it('pulls every event in order, page by page, until it has caught up', async () => {
      await using vendor = await startVendor({ pageEvents: 3 });
      vendor.add(events(1, 8));
      const source = sourceOf(vendor, api);
      const pages = await pullAll(source);
      assert.deepEqual(idsOf(pages), range(1, 8));
      assert.equal(vendor.requests[0]?.cursor, undefined);
      assert.equal(vendor.requests[0]?.format, null);
      assert.equal(pages.at(-1)?.caughtUp, true);
    });

    it('goes on from a checkpoint in a new process', async () => {
      await using vendor = await startVendor({ pageEvents: 3 });
      vendor.add(events(1, 4));
      const [first] = await pullAll(sourceOf(vendor, api));
      const pages = await pullAll(sourceOf(vendor, api), first?.checkpoint);
      assert.deepEqual(idsOf(pages), [4]);
    });

    it('goes on from a checkpoint that a later version has written', async () => {
      await using vendor = await startVendor({ pageEvents: 3 });
      vendor.add(events(1, 4));
      const [first] = await pullAll(sourceOf(vendor, api));
      const checkpoint: JsonObject = JSON.parse(first?.checkpoint ?? '');
      const occurrences = { atMs: startMs, lines: 'l-1', repeated: {}, later: 1 };
      const later = JSON.stringify({ ...checkpoint, occurrences, later: { than: 'this' } });
      assert.deepEqual(idsOf(await pullAll(sourceOf(vendor, api), later)), [4]);
    });

    it('gets the same events again after an answer was lost', async () => {
      await using vendor = await startVendor({ pageEvents: 3 });
      vendor.add(events(1, 6));
      const source = sourceOf(vendor, api);
      const first = await source.pull(undefined, signal);
      vendor.next({ fault: 'lost' });
      await rejects(
        source.pull(first.checkpoint, signal),
        'source_unavailable',
        /other side closed/,
      );
      const again = await source.pull(first.checkpoint, signal);
      assert.deepEqual(idsOf([again]), [4, 5, 6]);
    });

    it('accepts a bare array', async () => {
      await using vendor = await startVendor({ envelope: 'array' });
      vendor.add(events(1, 2));
      if (api === 'v2') {
        // In v2 the tracker stands beside the events, so without an object there is no going on.
        await rejects(sourceOf(vendor, api).pull(undefined, signal), 'source_misbehaved', /cursor/);
      } else {
        assert.deepEqual(idsOf(await pullAll(sourceOf(vendor, api))), [1, 2]);
      }
    });

    it('starts again when the cursor expired, and says that events may repeat', async () => {
      await using vendor = await startVendor({ pageEvents: 2 });
      vendor.add(events(1, 5));
      const source = sourceOf(vendor, api);
      const held = await pullAll(source);
      vendor.expireCursors();
      vendor.add(events(6, 7));
      const pages = await pullAll(source, held.at(-1)?.checkpoint);
      assert.deepEqual(idsOf(pages), range(1, 7));
      assert.equal(pages[0]?.startsAgain, true);
      assert.ok(pages.filter((page) => page.events.ids.length > 0).every((page) => page.mayRepeat));
      assert.equal(pages[0]?.gap, undefined);
      const later = await source.pull(pages.at(-1)?.checkpoint, signal);
      assert.equal(later.mayRepeat, false);
    });

    it('reports the gap when the oldest event on offer is newer than the last one held', async () => {
      await using vendor = await startVendor({ pageEvents: 10 });
      vendor.add(events(1, 5));
      const source = sourceOf(vendor, api);
      const held = await pullAll(source);
      vendor.expireCursors();
      vendor.add(events(6, 9));
      vendor.forget(7);
      const pages = await pullAll(source, held.at(-1)?.checkpoint);
      assert.deepEqual(idsOf(pages), [8, 9]);
      const { reason = '', ...gap } = pages[0]?.gap ?? {};
      assert.deepEqual(gap, { fromMs: timeOf(5), untilMs: timeOf(8), count: undefined });
      assert.match(reason, api === 'v1' ? /Cookie expired/ : /Invalid tracker/);
      assert.equal(pages.filter((page) => page.gap !== undefined).length, 1);
    });

    it('reports the gap later when nothing is on offer at first', async () => {
      await using vendor = await startVendor();
      vendor.add(events(1, 5));
      const source = sourceOf(vendor, api);
      const held = await pullAll(source);
      vendor.expireCursors();
      vendor.forget(5);
      const empty = await source.pull(held.at(-1)?.checkpoint, signal);
      assert.equal(empty.gap, undefined);
      vendor.add(events(8, 9));
      const page = await source.pull(empty.checkpoint, signal);
      assert.equal(page.gap?.untilMs, timeOf(8));
    });

    it('starts again when the checkpoint is of the other version of the API', async () => {
      await using vendor = await startVendor();
      vendor.add(events(1, 3));
      const held = await pullAll(sourceOf(vendor, api === 'v1' ? 'v2' : 'v1'));
      const page = await sourceOf(vendor, api).pull(held.at(-1)?.checkpoint, signal);
      assert.deepEqual(idsOf([page]), [1, 2, 3]);
      assert.equal(page.mayRepeat, true);
    });

    it('refuses a cursor that does not advance while events come', async () => {
      await using vendor = await startVendor({ pageEvents: 2 });
      vendor.add(events(1, 5));
      const source = sourceOf(vendor, api);
      const first = await source.pull(undefined, signal);
      vendor.next({ fault: 'stuckCursor' }, { fault: 'noCursor' });
      const stuck = source.pull(first.checkpoint, signal);
      await rejects(stuck, 'source_misbehaved', /2 events came.*does not advance/);
      const without = source.pull(first.checkpoint, signal);
      await rejects(without, 'source_misbehaved', /without a cursor/);
    });

    it('refuses the same page once more, whatever cursor comes with it', async () => {
      await using vendor = await startVendor({ pageEvents: 2 });
      vendor.add(events(1, 3));
      const clock = new ManualClock(startMs, { autoAdvance: true });
      const source = sourceOf(vendor, api, {}, clock);
      const first = await source.pull(undefined, signal);
      vendor.next(pageFault(events(1, 2), 'another'));
      const again = source.pull(first.checkpoint, signal);
      await rejects(again, 'source_misbehaved', /2 events came that are those of the page before/);
      vendor.next(pageFault([], 'other'));
      const empty = await source.pull(first.checkpoint, signal);
      vendor.next(pageFault(events(1, 2), 'another'));
      const later = source.pull(empty.checkpoint, signal);
      await rejects(later, 'source_misbehaved', /the page before; the source does not advance/);
      assert.deepEqual(idsOf([await source.pull(first.checkpoint, signal)]), [3]);
    });

    it('takes the page that was last for the oldest one when it starts again', async () => {
      await using vendor = await startVendor({ pageEvents: 10 });
      vendor.add(events(1, 3));
      const source = sourceOf(vendor, api);
      const held = await pullAll(source);
      vendor.expireCursors();
      assert.deepEqual(idsOf([await source.pull(held.at(-1)?.checkpoint, signal)]), [1, 2, 3]);
    });

    it('says so, and waits longer each time, when every cursor is refused', async () => {
      await using vendor = await startVendor({ pageEvents: 2 });
      vendor.add(events(1, 5));
      const source = sourceOf(vendor, api);
      let { checkpoint } = await source.pull(undefined, signal);
      const waits: number[] = [];
      for (let round = 0; round < 4; round += 1) {
        vendor.expireCursors();
        const refused = source.pull(checkpoint, signal);
        const said = /right behind its oldest events: 400.*(?:Cookie expired|Invalid tracker)/;
        const { retryAfterMs } = await rejects(refused, 'source_misbehaved', said);
        waits.push(retryAfterMs ?? 0);
        const page = await source.pull(checkpoint, signal);
        assert.deepEqual([idsOf([page]), page.startsAgain], [[1, 2], true]);
        checkpoint = page.checkpoint;
      }
      assert.ok((waits[0] ?? 0) >= 500 && (waits[3] ?? 0) >= 4000, waits.join());
      const pages = await pullAll(source, checkpoint);
      assert.deepEqual(idsOf(pages), [3, 4, 5]);
      vendor.expireCursors();
      const again = await source.pull(pages.at(-1)?.checkpoint, signal);
      assert.deepEqual(idsOf([again]), [1, 2]);
    });

    it('keeps its place on an empty page without a cursor', async () => {
      await using vendor = await startVendor();
      vendor.add(events(1, 2));
      const source = sourceOf(vendor, api);
      const held = await pullAll(source);
      vendor.next({ fault: 'noCursor' });
      const empty = await source.pull(held.at(-1)?.checkpoint, signal);
      assert.equal(empty.caughtUp, true);
      assert.equal(empty.checkpoint, held.at(-1)?.checkpoint);
    });

    it('stores an event under the same id whatever the order of its keys', async () => {
      await using vendor = await startVendor();
      vendor.add(events(1, 3));
      const source = sourceOf(vendor, api);
      const plain = await source.pull(undefined, signal);
      vendor.next({ fault: 'reorderedKeys' });
      const reordered = await source.pull(undefined, signal);
      assert.deepEqual(reordered.events.ids, plain.events.ids);
    });

    const failures: readonly {
      readonly title: string;
      readonly fault: VendorFault;
      readonly code: string;
      readonly message: RegExp;
      readonly afterMs?: number;
    }[] = [
      {
        title: '429 with seconds',
        fault: { fault: 'answer', status: 429, headers: { 'retry-after': '17' } },
        code: 'source_unavailable',
        message: /429/,
        afterMs: 17_000,
      },
      {
        title: '429 with a date',
        fault: {
          fault: 'answer',
          status: 429,
          headers: { 'retry-after': new Date(startMs + 90_000).toUTCString() },
        },
        code: 'source_unavailable',
        message: /429/,
        afterMs: 90_000,
      },
      {
        title: '429 without Retry-After',
        fault: { fault: 'answer', status: 429 },
        code: 'source_unavailable',
        message: /429 \(empty\)/,
        afterMs: 60_000,
      },
      {
        title: '500',
        fault: { fault: 'answer', status: 500, body: 'boom' },
        code: 'source_unavailable',
        message: /500.*boom/,
      },
      {
        title: '503 with Retry-After',
        fault: { fault: 'answer', status: 503, headers: { 'retry-after': '5' } },
        code: 'source_unavailable',
        message: /503/,
        afterMs: 5000,
      },
      {
        title: '404',
        fault: { fault: 'answer', status: 404 },
        code: 'source_refused',
        message: /404/,
      },
      {
        title: 'a redirect',
        fault: { fault: 'answer', status: 302, headers: { location: 'https://example.com/x?t=1' } },
        code: 'source_misbehaved',
        message: /redirecting to https:\/\/example\.com\/x$/,
      },
      {
        title: 'an HTML page',
        fault: {
          fault: 'answer',
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: `<!doctype html><title>Sign in</title>${'A'.repeat(40)}`,
        },
        code: 'source_misbehaved',
        message: /text\/html\): <!doctype html><title>Sign in<\/title>…$/,
      },
      {
        title: 'no events',
        fault: { fault: 'answer', status: 200, body: '{"message":"hello"}' },
        code: 'source_misbehaved',
        message: /expected events, got 200/,
      },
      {
        title: 'half of a JSON text',
        fault: { fault: 'answer', status: 200, body: '{"events":[{"eventID":1},' },
        code: 'source_misbehaved',
        message: /expected events/,
      },
      {
        title: 'an empty body',
        fault: { fault: 'answer', status: 200 },
        code: 'source_misbehaved',
        message: /expected events, got 200 \(empty\)/,
      },
      {
        title: 'a body that ends too early',
        fault: { fault: 'truncated' },
        code: 'source_unavailable',
        message: /other side closed/,
      },
      {
        title: 'silence',
        fault: { fault: 'silence' },
        code: 'source_unavailable',
        message: /no answer from http:\/\/127.0.0.1:\d+\/[\w/]+ within 100 ms/,
      },
      {
        title: 'a body that is too large',
        fault: { fault: 'answer', status: 200, body: ' '.repeat(100_000) },
        code: 'source_misbehaved',
        message: /larger than 65536 bytes/,
      },
    ];
    for (const { title, fault, code, message, afterMs } of failures) {
      it(`rejects and can go on after ${title}`, async () => {
        await using vendor = await startVendor();
        vendor.add(events(1, 2));
        vendor.next(fault);
        const silence = fault.fault === 'silence' ? { requestTimeout: '100ms' } : {};
        const source = sourceOf(vendor, api, { responseBytesMax: '64KiB', ...silence });
        const error = await rejects(source.pull(undefined, signal), code, message);
        assert.equal(error.retryAfterMs, afterMs);
        assert.deepEqual(idsOf([await source.pull(undefined, signal)]), [1, 2]);
      });
    }

    it('keeps an event that cannot be read, and the others of its page', async () => {
      await using vendor = await startVendor();
      const [first = {}, second = {}, third = {}] = events(1, 3);
      vendor.add([first, { ...second, severity: 99 }, 'not an event', 17, third]);
      const page = await sourceOf(vendor, api).pull(undefined, signal);
      const read = eventsOfLines(page.events);
      assert.deepEqual(
        read.map(({ type, fields }) => [type, fields['eventState']]),
        [
          ['Backup', 'Success'],
          ['Backup', 'Unreadable'],
          ['Unreadable Event', 'Unreadable'],
          ['Unreadable Event', 'Unreadable'],
          ['Backup', 'Success'],
        ],
      );
      assert.equal(read[1]?.occurredAtMs, timeOf(2));
      assert.equal(read[1]?.original, JSON.stringify({ ...second, severity: 99 }));
      assert.equal(read[2]?.original, 'not an event');
      assert.match(JSON.stringify(read[3]?.fields), /As it came: 17"/);
    });

    it('gives what cannot be read and has no time the same time whenever it comes again', async () => {
      const undated = { odd: 'thing' };
      const [first = {}, second = {}] = events(1, 2);
      const cases: readonly (readonly [pageEvents: number, ...elements: JsonValue[]])[] = [
        [2, undated, first, second],
        [3, undated, first, second],
        [4, 17, undated, 'x', first],
        [2, first, undated, second],
        [3, first, second, undated],
      ];
      for (const [pageEvents, ...elements] of cases) {
        await using vendor = await startVendor({ pageEvents });
        vendor.add(elements);
        const clock = new ManualClock(startMs + 2 * dayMs);
        const source = sourceOf(vendor, api, {}, clock);
        const held = await pullAll(source);
        vendor.expireCursors();
        clock.advance(dayMs);
        const pages = [...held, ...(await pullAll(source, held.at(-1)?.checkpoint))];
        const undatedMs = pages.flatMap(({ events: { ids, occurredAtMs } }) =>
          occurredAtMs.filter((_, index) => ids[index]?.startsWith('u-')),
        );
        assert.ok(undatedMs.length > 0);
        assert.deepEqual([...new Set(undatedMs)], [startMs - dayMs], JSON.stringify(elements));
      }
    });

    it('keeps integers exact that a double cannot hold', async () => {
      await using vendor = await startVendor();
      const body = `{"tracker":"x","events":[{"eventID":9007199254740993,"eventType":"Backup","timestamp":"2026-11-20T00:00:00Z","severity":6}]}`;
      const headers = { 'set-cookie': 'progress=x' };
      vendor.next({ fault: 'answer', status: 200, headers, body });
      const page = await sourceOf(vendor, api).pull(undefined, signal);
      const [event] = eventsOfLines(page.events);
      assert.equal(event?.fields['eventID'], '9007199254740993');
    });

    it('ends at once when aborted, with the reason', async () => {
      await using vendor = await startVendor();
      vendor.next({ fault: 'silence' });
      const controller = new AbortController();
      const pulling = sourceOf(vendor, api).pull(undefined, controller.signal);
      await vendor.requested();
      controller.abort(new Error('stopping'));
      await assert.rejects(pulling, /stopping/);
    });

    it('never sends credentials in clear to another machine', () => {
      const url = 'http://siem.example.com';
      assert.throws(() => sourceOf({ url }, api), { code: 'config_invalid' });
      sourceOf({ url }, api, { allowInsecure: true });
      sourceOf({ url: 'http://localhost:8480' }, api);
    });
  });
}

describe('the Druva source, v1', () => {
  it('sends limit only when pageEvents is set', async () => {
    await using vendor = await startVendor();
    vendor.add(events(1, 3));
    const page = await sourceOf(vendor, 'v1', { pageEvents: 2 }).pull(undefined, signal);
    await sourceOf(vendor, 'v1').pull(undefined, signal);
    assert.equal(page.events.ids.length, 2);
    assert.deepEqual(
      vendor.requests.map(({ limit }) => limit),
      ['2', null],
    );
  });

  it('reads one JSON object per line', async () => {
    await using vendor = await startVendor({ envelope: 'text' });
    vendor.add(events(1, 3));
    assert.deepEqual(idsOf(await pullAll(sourceOf(vendor, 'v1'))), [1, 2, 3]);
  });

  it('takes a page well below the largest for the last one', async () => {
    await using vendor = await startVendor({ pageEvents: 10 });
    vendor.add(events(1, 14));
    const source = sourceOf(vendor, 'v1');
    const first = await source.pull(undefined, signal);
    const second = await source.pull(first.checkpoint, signal);
    assert.deepEqual([first.caughtUp, second.caughtUp], [false, true]);
  });

  it('says refused when the credentials are wrong or there is no licence', async () => {
    await using vendor = await startVendor();
    const source = sourceOf(vendor, 'v1', { username: 'other@example.com' });
    await rejects(source.pull(undefined, signal), 'source_refused', /401/);
    vendor.next({ fault: 'answer', status: 403, body: 'no valid license' });
    await rejects(sourceOf(vendor, 'v1').pull(undefined, signal), 'source_refused', /license/);
  });
});

describe('the Druva source, v2', () => {
  it('goes on behind an empty page that is not the last, slowly, and still looks for repeats', async () => {
    await using vendor = await startVendor({ pageEvents: 2 });
    vendor.add(events(1, 5));
    const clock = new ManualClock(startMs, { autoAdvance: true });
    const source = sourceOf(vendor, 'v2', {}, clock);
    const first = await source.pull(undefined, signal);
    const { cursor }: { readonly cursor: string } = JSON.parse(first.checkpoint ?? '');
    let page = first;
    for (let empty = 0; empty < 3; empty += 1) {
      vendor.next(pageFault([], cursor));
      page = await source.pull(page.checkpoint, signal);
      assert.deepEqual([page.events.ids.length, page.caughtUp], [0, false]);
    }
    assert.equal(clock.sleeps.length, 2);
    assert.ok((clock.sleeps[1] ?? 0) > (clock.sleeps[0] ?? 0));
    page = await source.pull(page.checkpoint, signal);
    assert.deepEqual([idsOf([page]), page.mayRepeat], [[3, 4], true]);
    page = await source.pull(page.checkpoint, signal);
    assert.deepEqual([idsOf([page]), page.mayRepeat, page.caughtUp], [[5], true, true]);
    assert.equal(clock.sleeps.length, 3);
  });

  it('keeps its access token until shortly before its end', async () => {
    await using vendor = await startVendor({ pageEvents: 1, tokenLifeSeconds: 600 });
    vendor.add(events(1, 5));
    const clock = new ManualClock(startMs);
    const source = sourceOf(vendor, 'v2', {}, clock);
    await pullAll(source);
    clock.advance(539_000);
    await source.pull(undefined, signal);
    assert.equal(vendor.tokensIssued, 1);
    clock.advance(1000);
    await source.pull(undefined, signal);
    assert.equal(vendor.tokensIssued, 2);
  });

  it('leaves its last two access tokens out of messages', async () => {
    await using vendor = await startVendor();
    for (let unused = 0; unused < 100; unused += 1) vendor.revokeTokens();
    const source = sourceOf(vendor, 'v2');
    for (let token = 0; token < 3; token += 1) {
      vendor.revokeTokens();
      await source.pull(undefined, signal);
    }
    const said = [101, 102, 103].map((number) => withoutKnownSecrets(`access-token-${number}`));
    assert.deepEqual(
      said.map((text) => text === '…'),
      [false, true, true],
    );
  });

  for (const status of [401, 403]) {
    it(`takes a new token once when the old one is refused with ${status}`, async () => {
      await using vendor = await startVendor();
      vendor.add(events(1, 3));
      const source = sourceOf(vendor, 'v2');
      const first = await source.pull(undefined, signal);
      vendor.revokeTokens();
      vendor.next({ fault: 'answer', status });
      const second = await source.pull(first.checkpoint, signal);
      assert.equal(second.startsAgain, false);
      assert.equal(vendor.tokensIssued, 2);
    });
  }

  it('takes 403 to a new token for an expired tracker, if it goes on without', async () => {
    await using vendor = await startVendor({ expiredTrackerStatus: 403 });
    vendor.add(events(1, 3));
    const source = sourceOf(vendor, 'v2');
    const first = await source.pull(undefined, signal);
    vendor.expireCursors();
    const again = await source.pull(first.checkpoint, signal);
    assert.equal(again.startsAgain, true);
    assert.deepEqual(idsOf([again]), [1, 2, 3]);
  });

  it('says refused, after one new token, when 403 has nothing to do with the tracker', async () => {
    await using vendor = await startVendor();
    vendor.add(events(1, 3));
    const source = sourceOf(vendor, 'v2');
    const first = await source.pull(undefined, signal);
    const denied = { fault: 'answer', status: 403, body: 'explicit deny' } as const;
    vendor.next(denied, denied, denied);
    await rejects(source.pull(first.checkpoint, signal), 'source_refused', /403.*explicit deny/);
    assert.equal(vendor.tokensIssued, 2);
    assert.equal((await source.pull(first.checkpoint, signal)).startsAgain, false);
  });

  it('says refused when the client secret is wrong, without showing it', async () => {
    await using vendor = await startVendor();
    const source = sourceOf(vendor, 'v2', { clientSecret: { env: 'TOKEN' } });
    const error = await rejects(source.pull(undefined, signal), 'source_refused', /invalid_grant/);
    assert.ok(!error.message.includes(vendorCredentials.token));
  });

  it('says misbehaved when the token answer holds no token, without showing the answer', async () => {
    await using vendor = await startVendor();
    const body = '{"accessToken":"abcd"}';
    vendor.nextToken({ fault: 'answer', status: 200, body });
    const error = await rejects(
      sourceOf(vendor, 'v2').pull(undefined, signal),
      'source_misbehaved',
      /without a token/,
    );
    assert.ok(!error.message.includes('abcd'));
  });

  it('asks the service to ignore the expiry when told to', async () => {
    await using vendor = await startVendor();
    await sourceOf(vendor, 'v2', { ignoreTrackerExpiry: true }).pull(undefined, signal);
    assert.equal(vendor.requests[0]?.ignoreTrackerExpiry, 'true');
  });
});

function startVendor(options: VendorOptions = {}): Promise<ScriptedVendor> {
  return ScriptedVendor.start(options);
}

function sourceOf(
  { url }: { readonly url: string },
  api: 'v1' | 'v2',
  more: JsonObject = {},
  clock = new ManualClock(startMs),
): Source {
  const { username, clientId } = vendorCredentials;
  const credentials =
    api === 'v1'
      ? { username, token: { env: 'TOKEN' } }
      : { clientId, clientSecret: { env: 'SECRET' } };
  const options = druvaOptions.parse({ type: 'druva', api, url, ...credentials, ...more });
  const context = { clock, log: pino({ level: 'silent' }), readSecret: vendorSecrets };
  return createDruvaSource('druva', 'acme/insync', options, context);
}

async function pullAll(source: Source, from?: string): Promise<SourcePage[]> {
  const pages: SourcePage[] = [];
  let checkpoint = from;
  do {
    const page = await source.pull(checkpoint, signal);
    pages.push(page);
    ({ checkpoint } = page);
  } while (pages.at(-1)?.caughtUp === false);
  return pages;
}

function events(first: number, last: number): JsonObject[] {
  return range(first, last).map((number) => ({
    eventID: number,
    eventType: 'Backup',
    eventState: 'Success',
    severity: 6,
    timestamp: new Date(timeOf(number)).toISOString().replace('.000', ''),
  }));
}

/** A page in the form of either version, in v2 with more behind it. */
function pageFault(elements: readonly JsonObject[], cursor: string): VendorFault {
  const body = JSON.stringify({ events: elements, tracker: cursor, nextPageExists: true });
  const headers = { 'set-cookie': `progress=${cursor}` };
  return { fault: 'answer', status: 200, headers, body };
}

function timeOf(number: number): number {
  return startMs - 1_000_000 + number * 1000;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function idsOf(pages: readonly SourcePage[]): unknown[] {
  return pages.flatMap((page) => eventsOfLines(page.events).map(({ fields }) => fields['eventID']));
}

async function rejects(
  pulling: Promise<unknown>,
  code: string,
  message: RegExp,
): Promise<AppError> {
  const error: unknown = await pulling.then(
    () => assert.fail('expected a rejection'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return error;
}
