import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ManualClock } from '../../testing/manual-clock.ts';
import { ByteBudget } from './byte-budget.ts';
import { CredentialGuard } from './credential-guard.ts';
import { Lockouts } from './lockouts.ts';
import { TokenBuckets } from './token-buckets.ts';
import { Turnstile } from './turnstile.ts';

const dayMs = 86_400_000;

describe('TokenBuckets', () => {
  it('give out a burst at once and then the rate, per key', () => {
    const clock = new ManualClock();
    const buckets = new TokenBuckets({ requestsPerSecond: 2, burst: 3 }, clock);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buckets.take('a')),
      [true, true, true, false],
    );
    assert.equal(buckets.take('b'), true);
    clock.advance(499);
    assert.equal(buckets.take('a'), false);
    clock.advance(1);
    assert.deepEqual(
      [1, 2].map(() => buckets.take('a')),
      [true, false],
    );
    clock.advance(60_000);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => buckets.take('a')),
      [true, true, true, false],
    );
  });

  it('forget the key used longest ago when there are too many', () => {
    const buckets = new TokenBuckets({ requestsPerSecond: 1, burst: 1 }, new ManualClock(), 2);
    buckets.take('a');
    buckets.take('b');
    buckets.take('a');
    buckets.take('c');
    assert.equal(buckets.take('a'), false, 'a is remembered');
    assert.equal(buckets.take('b'), true, 'b was forgotten');
  });
});

describe('Lockouts', () => {
  const rules = { waitMsMax: 5000, rememberedMs: 9000 };

  it('double the wait with every failure beyond the allowed ones, up to the longest', () => {
    const clock = new ManualClock();
    const lockouts = new Lockouts({ ...rules, failuresAllowed: 2 }, clock);
    const waits = [];
    for (let failure = 1; failure <= 6; failure += 1) {
      lockouts.failed('a');
      waits.push(lockouts.waitMs('a'));
    }
    assert.deepEqual(waits, [0, 1000, 2000, 4000, 5000, 5000]);
    clock.advance(4999);
    assert.equal(lockouts.waitMs('a'), 1);
    clock.advance(2);
    assert.equal(lockouts.waitMs('a'), 0);
    lockouts.failed('a');
    assert.equal(lockouts.waitMs('a'), 5000, 'who waits a little more is not believed to be new');
    clock.advance(9001);
    lockouts.failed('a');
    assert.equal(lockouts.waitMs('a'), 0, 'old failures are forgotten');
  });

  it('begin anew after a success', () => {
    const lockouts = new Lockouts({ ...rules, failuresAllowed: 1 }, new ManualClock());
    lockouts.failed('a');
    lockouts.succeeded('a');
    assert.equal(lockouts.waitMs('a'), 0);
  });
});

describe('CredentialGuard', () => {
  const rules = { failuresAllowed: 3, waitMsMax: 60_000 };
  const good = { name: 'admin@example.com', address: '192.0.2.1' };
  const guesser = { name: 'admin@example.com', address: '203.0.113.9' };

  it('lets a proven pair in while others guess under its name', () => {
    const guard = new CredentialGuard(rules, new ManualClock());
    guard.note(good, true);
    for (let i = 0; i < 5; i += 1) guard.note(guesser, false);
    assert.ok(guard.waitMs(guesser) > 0);
    assert.ok(guard.waitMs({ ...good, address: '198.51.100.1' }) > 0, 'the name is locked');
    assert.equal(guard.waitMs(good), 0);
    guard.note(good, false);
    assert.ok(guard.waitMs(good) > 0, 'a failure ends what was proven');
  });

  it('counts failures under a name for a day, however patiently they come', () => {
    const clock = new ManualClock();
    const guard = new CredentialGuard(rules, clock);
    let guesses = 0;
    for (const untilMs = clock.monotonicMs() + dayMs; clock.monotonicMs() < untilMs;) {
      if (guard.waitMs(guesser) === 0) {
        guesses += 1;
        guard.note(guesser, false);
      }
      clock.advance(rules.waitMsMax + 1);
    }
    guard.note(guesser, false);
    assert.equal(guard.waitMs(guesser), rules.waitMsMax, `after ${guesses} guesses`);
  });

  it('keeps no names, which may be as long as a request', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const guard = new CredentialGuard(rules, new ManualClock());
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 2000; i += 1) {
      guard.note({ name: randomBytes(6000).toString('hex'), address: '192.0.2.1' }, i % 2 === 0);
    }
    collect();
    assert.ok(process.memoryUsage().heapUsed - before < 4 * 1024 ** 2);
    assert.equal(guard.waitMs({ name: 'fresh', address: '198.51.100.1' }), 0);
  });

  it('locks an address that tries many names', () => {
    const guard = new CredentialGuard(rules, new ManualClock());
    for (let i = 0; i < 15; i += 1) guard.note({ ...guesser, name: `name${i}` }, false);
    assert.ok(guard.waitMs({ ...guesser, name: 'fresh' }) > 0);
    assert.equal(guard.waitMs({ name: 'fresh', address: '192.0.2.1' }), 0);
  });
});

describe('ByteBudget', () => {
  it('refuses what does not fit, except to the only taker', () => {
    const budget = new ByteBudget('request bodies', 100);
    budget.take(150);
    assert.throws(() => budget.take(1), { code: 'overloaded' });
    budget.giveBack(150);
    budget.take(60);
    budget.take(40);
    assert.throws(() => budget.take(1), /too many request bodies/);
    assert.equal(budget.bytes, 100);
  });

  it('leaves something for others, whatever one holder takes', () => {
    const budget = new ByteBudget('answers', 100);
    budget.take(40, 'acme'); // one page is always served
    assert.throws(() => budget.take(1, 'acme'), { code: 'overloaded' });
    budget.take(20, 'globex');
    budget.take(5, 'globex');
    assert.throws(() => budget.take(1, 'globex'), /too many answers/);
    budget.giveBack(40, 'acme');
    budget.take(25, 'acme');
    assert.throws(() => budget.take(1, 'acme'), { code: 'overloaded' });
    assert.equal(budget.bytes, 50);
  });
});

describe('ByteBudget for what grows', () => {
  it('lets one thing grow beyond its holder\u2019s share, and not two of them', () => {
    const budget = new ByteBudget('request bodies', 100);
    for (let own = 0; own < 60; own += 20) budget.take(20, 'acme', own);
    assert.throws(() => budget.take(1, 'acme'), { code: 'overloaded' });
    budget.take(20, 'globex');
    budget.giveBack(60, 'acme');
    budget.take(1, 'acme');
  });
});

describe('Turnstile', () => {
  it('lets as many work as it may, makes the next wait and refuses the rest', async () => {
    const turnstile = new Turnstile(1, 1);
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const first = turnstile.run('acme', async () => {
      await gate.promise;
      order.push('first');
    });
    const second = turnstile.run('acme', async () => {
      order.push('second');
      await Promise.resolve();
    });
    await assert.rejects(
      turnstile.run('acme', () => Promise.resolve()),
      { code: 'overloaded' },
    );
    gate.resolve();
    await Promise.all([first, second]);
    assert.deepEqual(order, ['first', 'second']);
    await turnstile.run('acme', () => Promise.resolve());
  });

  it('lets holders take turns, and none of them fill the queue', async () => {
    const turnstile = new Turnstile(1, 8);
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const run = (holder: string) =>
      turnstile.run(holder, async () => {
        await gate.promise;
        order.push(holder);
      });
    const work = [run('acme'), run('acme'), run('acme')];
    await assert.rejects(run('acme'), { code: 'overloaded' }, 'its share of the queue is used up');
    work.push(run('globex'));
    gate.resolve();
    await Promise.all(work);
    assert.deepEqual(order, ['acme', 'acme', 'globex', 'acme']);
  });

  it('lets one holder fill the queue where that is wanted', async () => {
    const turnstile = new Turnstile(1, 4, 1);
    const gate = Promise.withResolvers<void>();
    const work = Array.from({ length: 5 }, () => turnstile.run('acme', () => gate.promise));
    await assert.rejects(
      turnstile.run('globex', () => gate.promise),
      { code: 'overloaded' },
    );
    gate.resolve();
    await Promise.all(work);
  });

  it('goes on after work that failed', async () => {
    const turnstile = new Turnstile(1, 1);
    await assert.rejects(
      turnstile.run('acme', () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await turnstile.run('acme', () => Promise.resolve(1)), 1);
  });
});
