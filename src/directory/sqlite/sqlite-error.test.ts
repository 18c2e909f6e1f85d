import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCode } from '../../core/errors.ts';
import { whenNotBusy } from './immediate-dialect.ts';
import { isBusy, meaningOfSqliteError } from './sqlite-error.ts';

function sqliteError(errcode: number): Error {
  return Object.assign(new Error('as SQLite says'), { code: 'ERR_SQLITE_ERROR', errcode });
}

describe('what an error of SQLite means', () => {
  it('follows from its primary result code', () => {
    const expected = [
      [5, 'store_unavailable'],
      [517, 'store_unavailable'], // SQLITE_BUSY_SNAPSHOT
      [8, 'directory_unwritable'],
      [10, 'store_unavailable'],
      [11, 'store_corrupt'],
      [267, 'store_corrupt'], // SQLITE_CORRUPT_VTAB
      [13, 'disk_full'],
      [26, 'store_corrupt'],
    ] as const;
    for (const [code, meaning] of expected) {
      const error = meaningOfSqliteError(sqliteError(code), 'a.sqlite');
      assert.equal(errorCode(error), meaning);
      assert.match(String(error), /a\.sqlite .*: as SQLite says/);
      assert.equal(isBusy(error), [5, 517].includes(code));
    }
  });

  it('is left alone when it is a defect of ours', () => {
    for (const error of [sqliteError(19), new TypeError('x'), undefined]) {
      assert.equal(meaningOfSqliteError(error, 'a.sqlite'), error);
      assert.equal(isBusy(error), false);
    }
  });
});

describe('waiting for the lock', () => {
  it('tries again until it is free', async () => {
    let attempts = 0;
    await whenNotBusy(() => {
      attempts += 1;
      if (attempts < 4) throw sqliteError(5);
    });
    assert.equal(attempts, 4);
  });

  it('ends when it takes too long, and at once for any other error', async () => {
    await assert.rejects(whenNotBusy(failing(5), 3), { errcode: 5 });
    await assert.rejects(whenNotBusy(failing(10)), { errcode: 10 });
  });
});

function failing(code: number): () => never {
  return () => {
    throw sqliteError(code);
  };
}
