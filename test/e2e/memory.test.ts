/**
 * Goal: promise 10, in small: memory does not follow what is exported, what waits to be delivered, and
 * what clients leave lying. Method: a service and a collector as processes of their own do a tenth of
 * the work and then all of it; what that takes more of memory is held to a limit below its length.
 * `npm run bench -- --memory` does the same with ten million events.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { fillHistory } from '../../bench/history-store.ts';
import { peakRssBytesDuring } from '../../bench/measure.ts';
import {
  besiege,
  deliveryPeaksRssBytes,
  eventsApi,
  exportEvents,
  known,
  pageEvents,
  slowReaders,
  slowSenders,
  streamsApi,
} from '../../bench/memory-stand.ts';
import type { SlowClient } from '../../bench/slow-clients.ts';
import { openServiceStand } from '../../bench/service-stand.ts';
import type { ServiceStand } from '../../bench/service-stand.ts';

const mebibyte = 1024 ** 2;
/** 96 MB of JSON, in pages of which the cache keeps none. */
const events = 150_000;
const growthMebibytesMax = 90;
const slowClients = 80;
/** A fraction of what the slow clients ask for and send. */
const inFlightMebibytes = 64;
/** Pages and batches that are worked at, and garbage. */
const workMebibytes = 160;
const siegeSeconds = 3;
const skip = process.platform === 'linux' ? false : 'memory is measured with /proc';

describe('memory', { skip }, () => {
  let stand: ServiceStand;

  before(async () => {
    const inFlight = `${inFlightMebibytes}MiB`;
    const limits = { answersInFlight: inFlight, bodiesInFlight: inFlight };
    stand = await openServiceStand({}, { limits, eventsApi: { pageCache: '1MiB' } });
    await fillHistory(join(stand.root, 'data'), { stream: 'acme/insync', events });
  });
  after(() => stand[Symbol.asyncDispose]());

  for (const api of [eventsApi, streamsApi]) {
    it(`does not follow an export over the ${api.name}`, async (test) => {
      await stand.start();
      await using _ = { [Symbol.asyncDispose]: () => stand.process.stop() };
      const peak = (count: number) =>
        peakRssBytesDuring(stand.process.pid, () => exportEvents(stand, api, count));
      await peak(events / 10);
      assertGrowth(test, await peak(events / 10), await peak(events));
    });
  }

  it('does not follow a backlog that is delivered', async (test) => {
    const data = join(stand.root, 'data');
    const [few, many] = await deliveryPeaksRssBytes(data, [events / 10, events]);
    assertGrowth(test, few, many);
  });

  const positions = Array.from(
    { length: events / pageEvents },
    (_, page) => `${page * pageEvents}`,
  );
  const sieges = {
    'take pages slowly, or stop': () => slowReaders(stand, streamsApi, slowClients, positions),
    'send bodies slowly': () => slowSenders(stand, slowClients, 100),
  } as const satisfies Record<string, () => readonly SlowClient[]>;
  for (const [what, clients] of Object.entries(sieges)) {
    it(`does not follow ${slowClients} clients that ${what}, and others are served`, async (test) => {
      await stand.start();
      await using _ = { [Symbol.asyncDispose]: () => stand.process.stop() };
      const busy = await peakRssBytesDuring(stand.process.pid, () =>
        exportEvents(stand, streamsApi, events / 10),
      );
      const { early, late, peakRssBytes, outcomes } = await besiege(stand, clients(), siegeSeconds);
      assertGrowth(test, busy, peakRssBytes, inFlightMebibytes + workMebibytes);
      test.diagnostic(JSON.stringify(outcomes));
      assert.ok(early.latenciesMs.length + late.latenciesMs.length > 0, JSON.stringify(outcomes));
    });
  }
});

function assertGrowth(
  test: TestContext,
  few: number | undefined,
  many: number | undefined,
  mebibytesMax = growthMebibytesMax,
): void {
  const [from, to] = [known(few) / mebibyte, known(many) / mebibyte];
  const summary = `from ${from.toFixed(0)} to ${to.toFixed(0)} MiB`;
  test.diagnostic(summary);
  assert.ok(to - from < mebibytesMax, `${summary}, which is more than ${mebibytesMax} MiB`);
}
