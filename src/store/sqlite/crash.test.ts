import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../cli/system-clock.ts';
import { writtenEvent, writtenStream } from '../../testing/appending-process.ts';
import type { EventStore } from '../event-store.ts';
import { openSqliteEventStore } from './store.ts';

const program = fileURLToPath(new URL('../../testing/appending-process.ts', import.meta.url));
const all = { events: 1e9, bytes: 1e9 };

it('has every acknowledged event in its place after kill -9, with several processes', async () => {
  // Goal: promises 1, 2 and 3. Method: two processes append to and compact one store and print what
  // was acknowledged; both are killed after a random number of lines; the store is read again.
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-crash-'));
  try {
    const acknowledged: Acknowledgement[] = [];
    for (let round = 0; round < 3; round++) {
      const writers = [`r${round}p`, `r${round}q`];
      const lines = await Promise.all(
        writers.map((writer) => runUntilKilled(directory, writer, 1 + Math.random() * 60)),
      );
      acknowledged.push(...lines.flat());
      await using store = await openSqliteEventStore({ directory, clock: systemClock });
      await assertHeld(store, acknowledged);
      await store.verify();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

interface Acknowledgement {
  readonly writer: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly firstNumber: number;
}

async function runUntilKilled(
  directory: string,
  writer: string,
  linesMax: number,
): Promise<Acknowledgement[]> {
  const child = spawn(process.execPath, [program, directory, writer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: Acknowledgement[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(parseLine(line));
    if (acknowledged.length >= linesMax) child.kill('SIGKILL');
  }
  await ended(child);
  return acknowledged;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL', 'the process must end by being killed');
}

function parseLine(line: string): Acknowledgement {
  const [writer = '', ...numbers] = line.split(' ');
  const [firstPosition = 0, lastPosition = 0, firstNumber = 0] = numbers.map(Number);
  return { writer, firstPosition, lastPosition, firstNumber };
}

async function assertHeld(store: EventStore, acknowledged: readonly Acknowledgement[]) {
  const page = await store.readAfter(writtenStream, 0, all);
  const lines = page.blocks.flatMap(({ ndjson }) => ndjson.toString().split('\n').slice(0, -1));
  assert.equal(lines.length, page.headPosition, 'positions must have no hole');
  assert.equal(new Set(lines).size, lines.length, 'no event may be stored twice');
  for (const { writer, firstPosition, lastPosition, firstNumber } of acknowledged) {
    for (let position = firstPosition; position <= lastPosition; position++) {
      const { json } = writtenEvent(writer, firstNumber + position - firstPosition);
      assert.equal(lines[position - 1], json);
    }
    // The checkpoint moved with the events: at least as far as what was acknowledged.
    const checkpoint = Number(await store.checkpoint(writer));
    assert.ok(checkpoint >= firstNumber + lastPosition - firstPosition);
  }
}
