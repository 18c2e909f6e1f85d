/**
 * Goal: no duration is accepted with which the program would ask without a pause, wait for ever or
 * drop what it has just taken. Method: every duration of every schema, found by walking them.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { durationMs } from '../core/quantity.ts';
import { sinkTypes, sourceTypes } from './adapters.ts';
import { configSchema, sinkSchema, sourceSchema } from './config-schema.ts';
import { describeExpected, innermost } from './schema-walk.ts';

/** Where 0 says something of its own. */
const mayBeZero = [
  'serve.limits.longPollWait',
  'apptrana.settle',
  'apptrana.backfill',
  'apptrana.sweepHorizon',
  'apptrana.overlap',
  'tailrace.wait',
  'file.minBytesWait',
];

const durations = [
  ...durationsIn(configSchema),
  ...durationsIn(sourceSchema),
  ...durationsIn(sinkSchema),
  ...Object.entries({ ...sourceTypes, ...sinkTypes }).flatMap(([type, schema]) =>
    durationsIn(schema, `${type}.`),
  ),
];

describe('a duration', () => {
  it('is not 0 but where that has a meaning', () => {
    const accepted = durations.filter(([, schema]) => z.safeParse(schema, '0s').success);
    const names = new Set(accepted.map(([path]) => path));
    assert.deepEqual([...names].toSorted(), mayBeZero.toSorted());
  });

  it('that a timer waits for is not longer than a timer can wait', () => {
    const waits = durations.filter(([path]) => /(?:pollEvery|[tT]imeout|[wW]ait)$/.test(path));
    assert.ok(waits.length > 15, `${waits.length}`);
    for (const [path, schema] of waits) {
      assert.equal(z.safeParse(schema, '25d').success, false, path);
    }
  });

  it('of retention is a minute at least', () => {
    for (const key of ['events', 'audit']) {
      const parsed = (text: string) => configSchema.safeParse({ retention: { [key]: text } });
      assert.match(parsed('59s').error?.message ?? '', /must be 1m to 36500d/);
      assert.ok(parsed('1m').success);
    }
  });
});

/** Path and schema of each; of a union, in each of its objects. */
function durationsIn(
  schema: z.core.$ZodType,
  above = '',
): readonly (readonly [string, z.core.$ZodType])[] {
  const inner = innermost(schema);
  if (inner instanceof z.ZodUnion) {
    return inner.options.flatMap((option) => durationsIn(option, above));
  }
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([key, child]) =>
    describeExpected(child) === describeExpected(durationMs)
      ? [[`${above}${key}`, child] as const]
      : durationsIn(child, `${above}${key}.`),
  );
}
