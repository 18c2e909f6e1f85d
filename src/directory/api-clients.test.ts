import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import { openDirectory } from './open-directory.ts';

const actor = { name: 'x' };
const log = { warn: () => {}, error: () => {} };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-clients-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('limits', () => {
  it('let a client have 1,000 access tokens, of which the oldest goes first', async () => {
    const clock = new ManualClock();
    await using directory = await openDirectory({ folder, clock, log });
    await directory.createTenant({ id: 'acme', title: 'A', edition: 'Elite' }, actor);
    const { clientId, secret } = await directory.createApiClient('acme', 'c', actor);
    const principal = await directory.authenticateApiClient(clientId, secret.reveal());
    assert.ok(principal);
    const tokens: string[] = [];
    for (let count = 0; count < 1001; count++) {
      clock.advance(1);
      tokens.push((await directory.issueAccessToken(principal, 86_400_000)).reveal());
    }
    assert.equal(await directory.authenticateAccessToken(tokens[0] ?? ''), undefined);
    assert.ok(await directory.authenticateAccessToken(tokens[1] ?? ''));
    assert.ok(await directory.authenticateAccessToken(tokens[1000] ?? ''));
  });

  it('let a tenant have 1,000 ingest keys', async () => {
    await using directory = await openDirectory({ folder, clock: new ManualClock(), log });
    await directory.createTenant({ id: 'acme', title: 'A', edition: 'Elite' }, actor);
    for (let count = 0; count < 1000; count++) {
      await directory.createIngestKey('acme', 'k', actor);
    }
    await assert.rejects(directory.createIngestKey('acme', 'k', actor), {
      code: 'input_invalid',
      message: 'tenant acme may have at most 1000 ingest keys, has 1000',
    });
  });
});
