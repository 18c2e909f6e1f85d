import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ApptranaLab,
  labStartMs as startMs,
  eventsOf,
  numbersOf,
  rejects,
} from '../../testing/apptrana-lab.ts';
import type { ApptranaCheckpoint } from './checkpoint.ts';
import { plainAttack } from '../../testing/plain-attacks.ts';
import type { ApptranaFault, AttackRequest } from '../../testing/scripted-apptrana.ts';

const signal = new AbortController().signal;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

describe('the AppTrana source', () => {
  it('goes back as far as asked and on to what has settled, in order and without holes', async () => {
    await using lab = await ApptranaLab.start();
    lab.service.add(
      [-61, -60, -31, -30, -6, -5, -2, -1].map((m) => plainAttack(-m, startMs + m * minuteMs)),
    );
    const pages = await lab.pullAll(lab.source({ backfill: '1h' }));
    assert.deepEqual(numbersOf(pages), [60, 31, 30, 6, 5]);
    assert.equal(pages.at(-1)?.caughtUp, true);
    assert.equal(lab.windows().at(0)?.fromMs, startMs - hourMs);
    assert.equal(lab.windows().at(-1)?.untilMs, startMs - 2 * minuteMs);
    assertBackToBack(lab.windows());
  });

  it('never asks for more than five minutes, overlap included, nor across midnight', async () => {
    await using lab = await ApptranaLab.start();
    await lab.pullAll(lab.source({ backfill: '14h' }));
    const { requests } = lab.service;
    const spans = requests.map(({ startTime, endTime }) => Number(endTime) - Number(startTime));
    assert.equal(Math.max(...spans), 300_000);
    assert.ok(
      requests.every(({ startTime, endTime }) => {
        const fromMs = Number(startTime) + 1;
        return Math.floor(fromMs / dayMs) === Math.floor((Number(endTime) - 1) / dayMs);
      }),
    );
    assert.ok(requests.length <= 169, `${requests.length} requests`);
  });

  for (const bounds of ['[)', '[]', '(]', '()'] as const) {
    it(`has every attack on a window's bounds when the service takes them as ${bounds}`, async () => {
      await using lab = await ApptranaLab.start({ bounds });
      const spanMs = 299_999;
      const fromMs = startMs - hourMs;
      const timesMs = [1, 2, 3].flatMap((n) => [-1, 0, 1].map((d) => fromMs + n * spanMs + d));
      lab.service.add(timesMs.map((timeMs, index) => plainAttack(index, timeMs)));
      const pages = await lab.pullAll(lab.source({ backfill: '1h' }));
      const numbers = new Set(numbersOf(pages));
      assert.deepEqual(
        [...numbers],
        timesMs.map((_, index) => index),
      );
      const repeating = pages.filter(({ events }) => events.ids.length > 0);
      assert.ok(repeating.every((page) => page.mayRepeat && page.startsAgain));
    });
  }

  it('goes on from a checkpoint in a new process', async () => {
    await using lab = await ApptranaLab.start();
    const first = await lab.pullAll(lab.source({ backfill: '20m' }));
    const { untilMs } = lab.windows().at(-1) ?? assert.fail();
    lab.clock.advance(10 * minuteMs);
    await lab.pullAll(lab.source({ backfill: '20m' }), first.at(-1)?.checkpoint);
    assertBackToBack(lab.windows());
    assert.ok(lab.windows().some(({ fromMs }) => fromMs === untilMs));
  });

  it('goes on from a checkpoint that a later version has written', async () => {
    await using lab = await ApptranaLab.start();
    const first = await lab.firstPage(lab.source({ backfill: '20m' }));
    const { tracks, ...rest }: ApptranaCheckpoint = JSON.parse(first.checkpoint ?? '');
    const later = tracks.map((track) => ({
      ...track,
      pace: { ...track.pace, later: 1 },
      later: 1,
    }));
    const checkpoint = JSON.stringify({ ...rest, tracks: later, later: { than: 'this' } });
    await lab.pullAll(lab.source({ backfill: '20m' }), checkpoint);
    assertBackToBack(lab.windows());
  });

  it('says that it has caught up, and leaves the checkpoint alone, until there is more', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '5m' });
    const checkpoint = (await lab.pullAll(source)).at(-1)?.checkpoint;
    lab.clock.advance(20_000);
    const page = await source.pull(checkpoint, signal);
    assert.deepEqual(
      [page.events.ids.length, page.checkpoint, page.caughtUp],
      [0, undefined, true],
    );
    lab.clock.advance(40_000);
    assert.ok((await source.pull(checkpoint, signal)).checkpoint);
  });

  it('remembers where it began when there was nothing to pull yet', async () => {
    await using lab = await ApptranaLab.start();
    const options = { backfill: '0s' };
    const first = await lab.firstPage(lab.source(options));
    lab.clock.advance(10 * minuteMs);
    await lab.pullAll(lab.source(options), first.checkpoint);
    assert.equal(lab.windows()[0]?.fromMs, startMs);
  });

  it('begins where it first started, however long and wherever that was not answered', async () => {
    await using lab = await ApptranaLab.start();
    const { checkpoint } = await lab.source().pull(undefined, signal);
    const mistaken = lab.source({ apiId: 'APIKEYother' });
    await rejects(mistaken.pull(checkpoint, signal), 'source_refused', /Unauthorised/);
    lab.clock.advance(hourMs);
    lab.service.fault = () => ({ fault: 'answer', status: 503 });
    await rejects(lab.source().pull(checkpoint, signal), 'source_unavailable', /503/);
    const asked = lab.windows().length;
    lab.clock.advance(hourMs);
    lab.service.fault = () => undefined;
    await lab.pullAll(lab.source({ backfill: '30m' }), checkpoint);
    assert.equal(lab.windows()[asked]?.fromMs, startMs - 30 * minuteMs);
  });

  it("begins by the service's clock, and now at the latest", async () => {
    for (const [skewMs, laterMs] of [
      [-20 * minuteMs, 0],
      [20 * minuteMs, 0],
      [0, -hourMs],
    ] as const) {
      await using lab = await ApptranaLab.start({}, skewMs);
      const { checkpoint } = await lab.source({ backfill: '10m' }).pull(undefined, signal);
      lab.clock.jumpTo(startMs + laterMs);
      await lab.pullAll(lab.source({ backfill: '10m' }), checkpoint);
      const fromMs = lab.windows()[0]?.fromMs ?? assert.fail();
      const expectedMs = startMs + skewMs + laterMs - 10 * minuteMs;
      assert.ok(Math.abs(fromMs - expectedMs) < 2000, `${fromMs - expectedMs} ms off`);
    }
  });

  it('asks for websites and event type one filter each, oldest time first', async () => {
    await using lab = await ApptranaLab.start();
    lab.service.add([
      plainAttack(2, startMs - 8 * minuteMs, { websiteName: 'a.example.com' }),
      plainAttack(3, startMs - 8 * minuteMs, { websiteName: 'a.example.com' }),
      plainAttack(4, startMs - 8 * minuteMs, { websiteName: 'b.example.com' }),
      plainAttack(6, startMs - 8 * minuteMs, { websiteName: 'c.example.com' }),
    ]);
    const websites = ['a.example.com', 'b.example.com'];
    const pages = await lab.pullAll(lab.source({ websites, eventType: 'Block', backfill: '12m' }));
    assert.deepEqual(numbersOf(pages), [2, 4]);
    const asked = lab.service.requests.map(({ websiteName, eventType }) => [
      websiteName,
      eventType,
    ]);
    assert.deepEqual(asked.slice(0, 4), [
      ['a.example.com', 'Block'],
      ['b.example.com', 'Block'],
      ['a.example.com', 'Block'],
      ['b.example.com', 'Block'],
    ]);
    const [event] = eventsOf(pages);
    assert.equal(event?.fields['websiteName'], 'a.example.com');
  });

  it('leaves out filters that are not set', async () => {
    await using lab = await ApptranaLab.start();
    await lab.pullAll(lab.source({ backfill: '5m' }));
    const [request] = lab.service.requests;
    assert.deepEqual([request?.websiteName, request?.eventType], [undefined, undefined]);
  });

  it('repeats nothing when websites are named that were in one request before', async () => {
    await using lab = await ApptranaLab.start();
    const checkpoint = (await lab.pullAll(lab.source({ backfill: '1h' }))).at(-1)?.checkpoint;
    const before = lab.service.requests.length;
    lab.clock.advance(minuteMs);
    await lab.pullAll(lab.source({ backfill: '1h', websites: ['a.example.com'] }), checkpoint);
    assert.equal(lab.service.requests.length, before + 1);
  });

  it('lets the other websites go first when one of them fails', async () => {
    await using lab = await ApptranaLab.start();
    lab.service.fault = ({ websiteName }) =>
      websiteName === 'a.example.com' ? { fault: 'answer', status: 403 } : undefined;
    const source = lab.source({ websites: ['a.example.com', 'b.example.com'], backfill: '30m' });
    let checkpoint: string | undefined;
    let failures = 0;
    for (let attempt = 0; attempt < 12; attempt++) {
      await source.pull(checkpoint, signal).then(
        (page) => (checkpoint = page.checkpoint ?? checkpoint),
        () => (failures += 1),
      );
    }
    const ofB = lab.service.requests.filter(({ websiteName }) => websiteName === 'b.example.com');
    assert.equal(Number(ofB.at(-1)?.endTime), startMs - 2 * minuteMs);
    assert.ok(failures >= 1 && failures < 12);
  });

  for (const times of ['strings', 'numbers'] as const) {
    it(`writes times as ${times}`, async () => {
      await using lab = await ApptranaLab.start();
      await lab.pullAll(lab.source({ times, backfill: '5m' }));
      const { startTime, endTime } = lab.service.requests[0] ?? assert.fail();
      const type = times === 'strings' ? 'string' : 'number';
      assert.deepEqual([typeof startTime, typeof endTime], [type, type]);
    });
  }

  it('sends the token in the spelling of the document too when told to', async () => {
    await using lab = await ApptranaLab.start();
    await lab.pullAll(lab.source({ backfill: '5m' }));
    await lab.pullAll(lab.source({ backfill: '5m', sendAuthorisation: true }));
    const { requests } = lab.service;
    assert.equal(requests[0]?.authorisation, undefined);
    assert.equal(requests.at(-1)?.authorisation, requests.at(-1)?.authorization);
  });

  it('says how far it has come', async () => {
    await using lab = await ApptranaLab.start();
    const page = await lab.firstPage(lab.source({ backfill: '1h' }));
    assert.deepEqual(page.progress, {
      fromMs: startMs - hourMs,
      doneUntilMs: startMs - hourMs + 299_999,
      untilMs: startMs - 2 * minuteMs,
    });
  });

  it('never sends credentials in clear to another machine', async () => {
    await using lab = await ApptranaLab.start();
    const url = 'http://siem.example.com';
    assert.throws(() => lab.source({ url }), { code: 'config_invalid' });
    lab.source({ url, allowInsecure: true });
  });

  it('ends at once when aborted, with the reason', async () => {
    await using lab = await ApptranaLab.start();
    lab.service.next({ fault: 'silence' });
    const controller = new AbortController();
    const pulling = lab.firstPage(lab.source(), controller.signal);
    await lab.service.requested();
    controller.abort(new Error('stopping'));
    await assert.rejects(pulling, /stopping/);
  });

  it('refuses a checkpoint that it did not write', async () => {
    await using lab = await ApptranaLab.start();
    await rejects(lab.source().pull('{"version":2}', signal), 'store_corrupt', /AppTrana/);
  });
});

describe('what the AppTrana source does about a window that cannot be had', () => {
  it('asks for parts of one that holds too much, and keeps its place inside', async () => {
    await using lab = await ApptranaLab.start({ attacksMax: 4 });
    const fromMs = startMs - 10 * minuteMs;
    lab.service.add(range(40).map((n) => plainAttack(n, fromMs + n * 5000)));
    const first = await lab.firstPage(lab.source({ backfill: '10m' }));
    const { untilMs } = lab.windows().at(-1) ?? assert.fail();
    assert.ok(untilMs - fromMs < 25_000);
    // Another process goes on from there.
    const rest = await lab.pullAll(lab.source({ backfill: '10m' }), first.checkpoint);
    assert.deepEqual([...new Set(numbersOf([first, ...rest]))], range(40));
    const answered = lab.windows().filter(({ fromMs: from }) => from < untilMs);
    assert.equal(answered.at(-1)?.untilMs, untilMs);
  });

  it('asks for parts of one whose answer is over the limit', async () => {
    await using lab = await ApptranaLab.start();
    const fromMs = startMs - 10 * minuteMs;
    lab.service.add(range(40).map((n) => plainAttack(n, fromMs + n * 5000)));
    const pages = await lab.pullAll(lab.source({ backfill: '10m', responseBytesMax: '8KiB' }));
    assert.deepEqual([...new Set(numbersOf(pages))], range(40));
  });

  const failing: readonly { readonly title: string; readonly fault: ApptranaFault }[] = [
    { title: 'is answered with 500', fault: { fault: 'answer', status: 500 } },
    { title: 'is answered with 504', fault: { fault: 'answer', status: 504 } },
    { title: 'times out', fault: { fault: 'silence' } },
    { title: 'is cut off', fault: { fault: 'truncated' } },
    { title: 'breaks off', fault: { fault: 'brokenOff' } },
  ];
  for (const { title, fault } of failing) {
    it(`gets through one that always ${title} unless it is short`, async () => {
      await using lab = await ApptranaLab.start();
      const fromMs = startMs - 10 * minuteMs;
      lab.service.add(range(10).map((n) => plainAttack(n, fromMs + n * 29_000)));
      lab.service.fault = (request) => (spanOf(request) > 100_000 ? fault : undefined);
      const source = lab.source({ backfill: '10m' }, 60);
      const { pages, errors } = await lab.persist(source);
      assert.deepEqual([...new Set(numbersOf(pages))], range(10));
      assert.ok(errors.length >= 3, 'each failure is visible');
    });
  }

  it('keeps its pace with a service that fails every other time, whatever it is asked', async () => {
    await using lab = await ApptranaLab.start();
    let requests = 0;
    lab.service.fault = () => (requests++ % 2 === 0 ? { fault: 'answer', status: 500 } : undefined);
    await lab.persist(lab.source({ backfill: '2h' }));
    assert.ok(requests < 60, `${requests} requests`);
  });

  it('grows its windows again afterwards', async () => {
    await using lab = await ApptranaLab.start();
    lab.service.next(...range(10).map(() => ({ fault: 'answer', status: 503 }) as const));
    await lab.persist(lab.source({ backfill: '2h' }));
    const spans = lab.service.requests.map(spanOf);
    assert.equal(Math.min(...spans), 1001, 'ten failures halve it down to a second');
    assert.equal(Math.max(...spans.slice(30)), 300_000);
  });

  it('goes on trying for ever when even a second cannot be had, and stays where it is', async () => {
    await using lab = await ApptranaLab.start();
    const poisonMs = startMs - 8 * minuteMs;
    lab.service.fault = poisoned(poisonMs);
    const source = lab.source({ backfill: '10m' });
    const { pages, errors } = await lab.persist(source, 60);
    assert.ok(errors.length > 40);
    assert.ok(pages.every(({ gap }) => gap === undefined));
    assert.ok((pages.at(-1)?.progress?.doneUntilMs ?? 0) <= poisonMs);
  });

  it('gives a second up with a gap record when told to, after the time told', async () => {
    await using lab = await ApptranaLab.start();
    const poisonMs = startMs - 8 * minuteMs;
    lab.service.fault = poisoned(poisonMs);
    const source = lab.source({ backfill: '10m', skipAfter: '1h', sweepHorizon: '0s' });
    const before = await lab.persist(source, 30);
    lab.clock.advance(hourMs);
    const after = await lab.persist(source, 60, before.checkpoint);
    const gaps = after.pages.flatMap(({ gap }) => gap ?? []);
    assert.equal(gaps.length, 1);
    const { fromMs = 0, untilMs = 0, reason = '' } = gaps[0] ?? {};
    assert.ok(fromMs <= poisonMs && poisonMs <= untilMs && untilMs - fromMs <= 1000);
    assert.match(reason, /500/);
    assert.equal(after.pages.at(-1)?.caughtUp, true);
  });
});

describe('what the AppTrana source does about time', () => {
  it('finds attacks that were added late, once they are due', async () => {
    await using lab = await ApptranaLab.start();
    const lateMs = startMs - 5 * hourMs;
    lab.service.add([
      plainAttack(1, lateMs),
      plainAttack(2, lateMs, { addedAtMs: startMs + minuteMs }),
    ]);
    const source = lab.source({ backfill: '6h' });
    const first = await lab.pullAll(source);
    assert.deepEqual(numbersOf(first), [1]);
    lab.clock.advance(16 * minuteMs);
    const later = await lab.pullAll(source, first.at(-1)?.checkpoint);
    assert.deepEqual(numbersOf(later.filter(({ isSweep }) => isSweep)), [1, 2]);
    assert.equal(later[0]?.isSweep, false, 'what is new comes first');
  });

  it('asks every website for what is new before it sweeps any', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ websites: ['a.example.com', 'b.example.com'], backfill: '1h' });
    const checkpoint = (await lab.pullAll(source)).at(-1)?.checkpoint;
    lab.clock.advance(16 * minuteMs);
    const sweeps = (await lab.pullAll(source, checkpoint)).map(({ isSweep }) => isSweep === true);
    assert.ok(sweeps.includes(true));
    assert.equal(sweeps.lastIndexOf(false), sweeps.indexOf(true) - 1);
  });

  it('sweeps back to the horizon before the start of the sweep before', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '3h', sweepHorizon: '1h' });
    let checkpoint = (await lab.pullAll(source)).at(-1)?.checkpoint;
    lab.clock.advance(15 * minuteMs);
    checkpoint = (await lab.pullAll(source, checkpoint)).at(-1)?.checkpoint ?? checkpoint;
    const sweptAtMs = lab.clock.nowMs();
    const doneUntilMs = sweptAtMs - 2 * minuteMs;
    lab.clock.advance(10 * hourMs);
    const before = lab.service.requests.length;
    const pages = await lab.pullAll(source, checkpoint);
    const swept = lab.windows(before).filter((_, index) => pages[index]?.isSweep);
    assert.ok((swept[0]?.fromMs ?? Infinity) <= sweptAtMs - hourMs);
    assert.ok((swept[0]?.fromMs ?? 0) > sweptAtMs - hourMs - 3 * minuteMs);
    const sweptUntilMs = swept.at(-1)?.untilMs ?? 0;
    assert.ok(sweptUntilMs > doneUntilMs - minuteMs && sweptUntilMs <= doneUntilMs);
    assertBackToBack(swept);
  });

  it('does not sweep with a horizon of 0', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '1h', sweepHorizon: '0s' });
    const first = await lab.pullAll(source);
    lab.clock.advance(hourMs);
    const later = await lab.pullAll(source, first.at(-1)?.checkpoint);
    assert.ok(later.every(({ isSweep }) => isSweep !== true));
  });

  it('reports the gap when it was away for longer than the service keeps attacks', async () => {
    await using lab = await ApptranaLab.start();
    const first = await lab.pullAll(lab.source({ backfill: '1h' }));
    const heldMs = lab.windows().at(-1)?.untilMs;
    lab.clock.advance(31 * dayMs);
    const page = await lab.source({ backfill: '1h' }).pull(first.at(-1)?.checkpoint, signal);
    const { reason = '', ...gap } = page.gap ?? {};
    const untilMs = lab.clock.nowMs() - 30 * dayMs + minuteMs;
    assert.deepEqual(gap, { fromMs: heldMs, untilMs, count: undefined });
    assert.match(reason, /30 days/);
    const next = await lab.source({ backfill: '1h' }).pull(page.checkpoint, signal);
    assert.equal(next.gap, undefined);
  });

  it('goes back 30 days at most, clear of what is about to leave', async () => {
    await using lab = await ApptranaLab.start();
    await lab.firstPage(lab.source({ backfill: '30d' }));
    const fromMs = lab.windows()[0]?.fromMs ?? 0;
    assert.ok(fromMs > startMs - 30 * dayMs && fromMs < startMs - 30 * dayMs + 10 * minuteMs);
  });

  it('finds from where on the service answers, without calling that a gap', async () => {
    const enabledAtMs = startMs - 3 * hourMs - 123_456;
    await using lab = await ApptranaLab.start({ enabledAtMs });
    lab.service.add([plainAttack(1, enabledAtMs + 2000), plainAttack(2, startMs - hourMs)]);
    const source = lab.source({ backfill: '30d' });
    const pages = await lab.pullAll(source);
    assert.deepEqual(numbersOf(pages), [1, 2]);
    assert.ok(pages.every(({ gap }) => gap === undefined));
    assert.ok(lab.service.requests.length < 3 * 12 + 40, `${lab.service.requests.length} requests`);
  });

  it('calls it a gap when something had been collected before', async () => {
    await using lab = await ApptranaLab.start({ retentionMs: 7 * dayMs });
    const first = await lab.pullAll(lab.source({ backfill: '1h' }));
    const heldMs = lab.windows().at(-1)?.untilMs;
    lab.clock.advance(20 * dayMs);
    const source = lab.source({ backfill: '1h' });
    let page = await source.pull(first.at(-1)?.checkpoint, signal);
    for (let pulls = 0; page.gap === undefined && pulls < 40; pulls++) {
      page = await source.pull(page.checkpoint, signal);
    }
    assert.equal(page.gap?.fromMs, heldMs);
    const untilMs = page.gap?.untilMs ?? 0;
    assert.ok(Math.abs(untilMs - (lab.clock.nowMs() - 7 * dayMs)) < 10 * minuteMs);
    const next = await source.pull(page.checkpoint, signal);
    assert.equal(next.gap, undefined);
  });

  it('asks for shorter windows when the service refuses the length', async () => {
    await using lab = await ApptranaLab.start({ windowMsMax: 60_000 });
    lab.service.add([plainAttack(1, startMs - 8 * minuteMs)]);
    const pages = await lab.pullAll(lab.source({ backfill: '10m' }));
    assert.deepEqual(numbersOf(pages), [1]);
    assert.ok(pages.every(({ gap }) => gap === undefined));
  });

  it('says refused, and moves nowhere, when every window is', async () => {
    await using lab = await ApptranaLab.start({ enabledAtMs: Infinity });
    const source = lab.source({ backfill: '1h' });
    await rejects(lab.firstPage(source), 'source_refused', /400.*before SIEM was enabled/);
  });

  for (const skewMs of [3 * minuteMs, -3 * minuteMs]) {
    it(`settles by the service's clock when that differs by ${skewMs} ms, and says so once`, async () => {
      await using lab = await ApptranaLab.start({}, skewMs);
      const source = lab.source({ backfill: '1h' });
      const pages = await lab.pullAll(source);
      const settledMs = startMs + skewMs - 2 * minuteMs;
      const untilMs = lab.windows().at(-1)?.untilMs ?? 0;
      assert.ok(Math.abs(untilMs - settledMs) <= 1000, `${untilMs - settledMs}`);
      assert.ok(untilMs <= settledMs, 'never too early');
      await source.pull(pages.at(-1)?.checkpoint, signal);
      const side = skewMs > 0 ? 'behind' : 'ahead of';
      const said = lab.logged.filter((line) => line.includes(`our clock is 180 s ${side}`));
      assert.equal(said.length, 1, lab.logged.join(''));
    });
  }

  for (const { title, isAhead } of [
    { title: 'one server in ten is', isAhead: (nth: number) => nth % 10 === 0 },
    { title: 'every other server is', isAhead: (nth: number) => nth % 2 === 0 },
    { title: 'all but one in twenty are', isAhead: (nth: number) => nth % 20 !== 0 },
  ]) {
    it(`keeps up with the time, and asks for little twice, when ${title} 12 s ahead`, async () => {
      await using lab: ApptranaLab = await ApptranaLab.start({}, () =>
        isAhead(lab.service.requests.length) ? 12_000 : 0,
      );
      const options = { backfill: '1h', sweepEvery: '12h' };
      let source = lab.source(options);
      let checkpoint = (await lab.pullAll(source)).at(-1)?.checkpoint;
      const before = lab.service.requests.length;
      for (let minute = 0; minute < 60; minute++) {
        lab.clock.advance(minuteMs);
        // What a process has learned of the time goes with it.
        if (minute % 7 === 0) source = lab.source(options);
        checkpoint = (await lab.pullAll(source, checkpoint)).at(-1)?.checkpoint ?? checkpoint;
        const settledMs = lab.clock.nowMs() - 2 * minuteMs;
        const { untilMs } = lab.windows().at(-1) ?? assert.fail();
        assert.ok(Math.abs(untilMs - settledMs) <= 13_000, `${untilMs - settledMs} ms`);
      }
      const requests = lab.service.requests.length - before;
      assert.ok(requests <= 120, `${requests} requests`);
    });
  }

  it('goes back when it was in the future, because a clock was wrong, and says so once', async () => {
    await using lab = await ApptranaLab.start();
    const source = lab.source({ backfill: '1h' });
    lab.clock.advance(dayMs);
    const ahead = await lab.pullAll(source);
    lab.clock.jumpTo(startMs + hourMs);
    lab.service.add([plainAttack(1, startMs)]);
    lab.service.next({ fault: 'answer', status: 503 });
    const later = lab.source({ backfill: '1h' });
    const { pages } = await lab.persist(later, 400, ahead.at(-1)?.checkpoint);
    assert.deepEqual(numbersOf(pages), [1]);
    const said = lab.logged.filter((line) => line.includes('asked for again'));
    assert.equal(said.length, 1, lab.logged.join(''));
  });

  it('goes on at once after that when it never asks twice either', async () => {
    await using lab = await ApptranaLab.start({ dated: false });
    const options = { backfill: '1h', sweepHorizon: '0s' };
    const source = lab.source(options);
    let checkpoint = (await lab.pullAll(source)).at(-1)?.checkpoint;
    lab.clock.advance(dayMs);
    checkpoint = (await lab.pullAll(source, checkpoint)).at(-1)?.checkpoint;
    lab.clock.jumpTo(startMs + hourMs);
    for (let minute = 0; minute < 10; minute++) {
      lab.clock.advance(minuteMs);
      checkpoint = (await lab.pullAll(source, checkpoint)).at(-1)?.checkpoint ?? checkpoint;
    }
    const { untilMs } = lab.windows().at(-1) ?? assert.fail();
    assert.equal(new Date(untilMs).toISOString(), '2026-11-20T13:08:00.000Z');
  });
});

function poisoned(poisonMs: number) {
  return ({ startTime, endTime }: AttackRequest): ApptranaFault | undefined =>
    Number(startTime) < poisonMs && poisonMs < Number(endTime)
      ? { fault: 'answer', status: 500 }
      : undefined;
}

function spanOf({ startTime, endTime }: AttackRequest): number {
  return Number(endTime) - Number(startTime);
}

function assertBackToBack(windows: readonly { fromMs: number; untilMs: number }[]): void {
  assert.ok(windows.length > 1);
  for (const [index, { untilMs }] of windows.entries()) {
    const next = windows[index + 1];
    if (next !== undefined) assert.equal(next.fromMs, untilMs);
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
