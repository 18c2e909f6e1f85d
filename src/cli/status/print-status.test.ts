import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { newSourceStatus } from '../../pipeline/status.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { openDataStore } from '../open-data.ts';
import type { Backfill } from '../service/backfill.ts';
import { readStatus, writeStatus } from '../service/status-file.ts';
import { printStatus } from './print-status.ts';
import { statusReport } from './status-report.ts';

const nowMs = Date.UTC(2026, 10, 20);
const dayMs = 86_400_000;

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-status-'));
});
after(() => rm(home, { recursive: true }));

/** What `tailrace status` says of one source whose process wrote this last. */
async function shown(backfill: Backfill | undefined, running: boolean, atMs = nowMs) {
  const source = { ...newSourceStatus('apptrana', 'acme/apptrana'), eventsPulled: 4312, late: 17 };
  await writeStatus(home, {
    version: '1.0.0',
    pid: 1,
    startedAtMs: nowMs - 60_000,
    writtenAtMs: nowMs,
    listen: undefined,
    sources: [{ ...source, behindMs: backfill?.behindMs, backfill }],
    sinks: [],
  });
  await using store = await openDataStore({ directory: join(home) });
  const report = await statusReport(store, await readStatus(home), running);
  const { stdout } = new ScriptedTerminal(home);
  printStatus(stdout, report, atMs);
  return { text: stdout.text, report };
}

const backfill = { share: 0.372, behindMs: 19 * dayMs, remainingMs: 720_000 };

describe('the status of a source that catches up', () => {
  it('says how much it has, how far it is behind and how long that takes', async () => {
    const { text, report } = await shown(backfill, true);
    assert.match(text, /PULLED +LATE +LAG/);
    assert.match(text, /4,312 +17 +19 d /);
    assert.match(text, /\napptrana: backfill 37 %, about 12 min left\n/);
    assert.deepEqual(report.sources[0]?.backfill, backfill);
  });

  it('promises nothing once the process has ended', async () => {
    const { text } = await shown(backfill, false);
    assert.match(text, /\napptrana: backfill 37 %, 19 d to go\n/);
  });

  it('says nothing of a backfill when there is none', async () => {
    const { text } = await shown(undefined, true);
    assert.doesNotMatch(text, /backfill/);
  });
});

describe('the status of a process that cannot write it', () => {
  it('says how old it is', async () => {
    const old = await shown(undefined, true, nowMs + 25_000);
    assert.match(old.text, /^running .*\nwarning: this status is 25\.0 s old;/);
    assert.doesNotMatch((await shown(undefined, true, nowMs + 4000)).text, /old/);
    assert.doesNotMatch((await shown(undefined, false, nowMs + 25_000)).text, /old/);
  });
});
