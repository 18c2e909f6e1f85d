import assert from 'node:assert/strict';
import { it } from 'node:test';
import { goOnCommands } from './go-on-commands.ts';

const fromMs = Date.UTC(2026, 10, 20);
const open = Number.MAX_SAFE_INTEGER;
const replayed = { read: 9, leftOut: 0, sent: 9, bytes: 9, refused: 0, lastReason: undefined };
const outcome = { ...replayed, retainedFrom: undefined };

it('an interrupted replay names what is left of every stream, with the times of its start', () => {
  const commands = goOnCommands({
    config: 'one.yaml',
    sink: 'siem',
    range: { window: { fromMs, untilMs: fromMs + 3_600_500 }, first: 1, last: open },
    rate: 500,
    outcomes: [
      { ...outcome, stream: 'acme/insync', position: 900 },
      { ...outcome, stream: 'globex/insync', position: 41 },
    ],
    notBegun: ['initech/insync'],
  });
  const times = '--from 2026-11-20T00:00:00.000Z --to 2026-11-20T01:00:00.500Z --rate 500';
  assert.deepEqual(commands, [
    `tailrace replay --config one.yaml --sink siem --stream globex/insync --first 42 ${times}`,
    `tailrace replay --config one.yaml --sink siem --stream initech/insync ${times}`,
  ]);
});

it('an interrupted replay of positions begins again where it was to begin, or behind what was sent', () => {
  const interrupted = {
    config: undefined,
    sink: 'siem',
    range: { window: { fromMs: 0, untilMs: open }, first: 7, last: 20 },
    rate: undefined,
    notBegun: [],
  };
  const command = (position: number) =>
    goOnCommands({ ...interrupted, outcomes: [{ ...outcome, stream: 'a/insync', position }] });
  const start = 'tailrace replay --sink siem --stream a/insync --first';
  assert.deepEqual(command(0), [`${start} 7 --last 20`]);
  assert.deepEqual(command(11), [`${start} 12 --last 20`]);
});
