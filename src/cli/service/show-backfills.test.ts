import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { newSourceStatus } from '../../pipeline/status.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { LiveLine } from '../live-line.ts';
import type { Backfill } from './backfill.ts';
import { showBackfills } from './show-backfills.ts';

const dayMs = 86_400_000;

/** What is shown while `looks` follow one another, half a second apart; each gives each source's backfill. */
async function shown(
  looks: readonly (Readonly<Record<string, Backfill>> | undefined)[],
  where: 'terminal' | 'log',
) {
  const clock = new ManualClock();
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null, timestamp: false },
    {
      write: (line: string) => {
        const entry: Record<string, unknown> = JSON.parse(line);
        lines.push(entry);
      },
    },
  );
  const { stderr } = new ScriptedTerminal('/');
  const stop = new AbortController();
  let look = 0;
  const showing = showBackfills(
    {
      sources: () =>
        Object.entries(looks[look] ?? {}).map(([name, backfill]) => ({
          status: { ...newSourceStatus(name, 'acme/apptrana'), eventsStored: 4312 },
          backfill,
        })),
      clock,
      log,
      live: where === 'terminal' ? new LiveLine(stderr) : undefined,
    },
    stop.signal,
  );
  for (look = 1; look < looks.length; look += 1) {
    clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  stop.abort();
  await showing;
  return { lines, screen: stderr.text };
}

const third: Backfill = { share: 0.372, behindMs: 19 * dayMs, remainingMs: 720_000 };
const half: Backfill = { share: 0.5, behindMs: 15 * dayMs, remainingMs: 600_000 };

describe('a backfill that is shown', () => {
  it('is a line on a terminal that is written over, and gone at the end', async () => {
    const { screen, lines } = await shown(
      [{ apptrana: third }, { apptrana: half }, {}],
      'terminal',
    );
    const looks = stripVTControlCharacters(screen).split('\r').filter(Boolean);
    assert.equal(looks.length, 2);
    assert.match(looks[0] ?? '', /^apptrana ━+ 37 %, about 12 min left · 4,312 events$/);
    assert.match(looks[1] ?? '', /50 %, about 10 min left/);
    assert.ok(screen.endsWith('\r\u001b[2K'), 'the last look is taken away');
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['backfilling', 'backfill is over'],
    );
  });

  it('is the one with the longest way to go when there are several', async () => {
    const { screen } = await shown([{ one: half, other: third }, {}], 'terminal');
    assert.match(stripVTControlCharacters(screen), /other \(\+1\) ━+ 37 %, about/);
  });

  it('is logged at its beginning, every minute and at its end where nobody looks on', async () => {
    const looks = Array.from({ length: 121 }, () => ({ apptrana: third }));
    const { screen, lines } = await shown([...looks, undefined], 'log');
    assert.equal(screen, '');
    const { remainingMs, behindMs } = third;
    const said = { level: 30, source: 'apptrana', percent: 37, behindMs, remainingMs };
    assert.deepEqual(lines, [
      { ...said, msg: 'backfilling' },
      { ...said, msg: 'backfilling' },
      { level: 30, source: 'apptrana', tookMs: 60_500, msg: 'backfill is over' },
    ]);
  });
});
