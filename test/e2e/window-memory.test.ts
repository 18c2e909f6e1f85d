/**
 * Goal: promise 10 where one answer holds very much. Method: a service as a process of its own is
 * asked for a window with ten attacks, then for one with ten thousand times as many; what the second
 * takes more is held to a coarse limit that is far below the length of the answer.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openAttackStand } from '../../bench/attack-stand.ts';
import { peakRssBytesDuring } from '../../bench/measure.ts';

const mebibyte = 1024 ** 2;
const windowMs = 300_000;
const attacks = 100_000;
const answerMebibytes = 80;
const growthMebibytesMax = 64;

const skip = process.platform === 'linux' ? false : 'memory is measured with /proc';

it(
  'answers a window of a hundred thousand attacks in the memory of a small one',
  { skip },
  async (test) => {
    const firstMs = Date.now() - 3 * windowMs;
    const few = { fromMs: firstMs, untilMs: firstMs + windowMs };
    const many = { fromMs: few.untilMs, untilMs: few.untilMs + windowMs };
    await using stand = await openAttackStand([
      { count: 10, window: few },
      { count: attacks, window: many },
    ]);
    const fewPeak = await peakRssBytesDuring(stand.pid, () => stand.readLength(few));
    let length = 0;
    const manyPeak = await peakRssBytesDuring(stand.pid, async () => {
      length = await stand.readLength(many);
    });
    assert.ok(fewPeak !== undefined && manyPeak !== undefined);
    const growth = (manyPeak - fewPeak) / mebibyte;
    const summary = `${growth.toFixed(0)} MiB more than the ${(fewPeak / mebibyte).toFixed(0)} MiB with ten attacks, for ${(length / mebibyte).toFixed(0)} MiB`;
    test.diagnostic(summary);
    assert.ok(length > answerMebibytes * mebibyte, summary);
    assert.ok(growth < growthMebibytesMax, summary);
  },
);
