import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Secret } from '../../core/secret.ts';
import { CommitUnknown, PostgresDatabase } from './database.ts';

const retryMs = 20;
const silenceMs = 3 * retryMs;

/** Reaches nothing: what is tried is the tests'. */
function unconnected(): PostgresDatabase {
  return new PostgresDatabase({ url: new Secret('postgres://x@127.0.0.1:1/postgres') });
}

it('tries again what took longer to fail than it is tried again', async () => {
  await using database = unconnected();
  const failures = [new Error('Query read timeout')];
  const attempt = async () => {
    await pause(silenceMs);
    const failure = failures.shift();
    if (failure) throw failure;
    return 'done';
  };
  assert.equal(await database.untilDone(attempt, retryMs), 'done');
});

it('asks about a commit that became unknown, however long others had failed before', async () => {
  await using database = unconnected();
  const failures = [new Error('Connection terminated'), new CommitUnknown('no answer')];
  const attempt = async () => {
    await pause(silenceMs);
    const failure = failures.shift();
    if (failure) throw failure;
    return 'stored';
  };
  assert.equal(await database.untilDone(attempt, retryMs), 'stored');
});

it('ends when failures go on, and says when a commit stays unknown', async () => {
  await using database = unconnected();
  for (const failure of [new Error('Connection terminated'), new CommitUnknown('no answer')]) {
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      await pause(silenceMs);
      throw failure;
    };
    await assert.rejects(database.untilDone(attempt, retryMs), { code: 'store_unavailable' });
    assert.equal(attempts, 2);
  }
});
