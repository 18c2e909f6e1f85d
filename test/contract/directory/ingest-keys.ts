import assert from 'node:assert/strict';
import { actor, globex, groundWithPeople, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const ingestKeyContract: DirectoryContract = {
  'lets a product in by its key, and lists it without': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { key, ...listed } = await directory.createIngestKey('acme', 'backup server', actor);
    assert.match(key.reveal(), /^trik_[\w-]{43}$/);
    assert.deepEqual(listed, {
      keyId: listed.keyId,
      name: 'backup server',
      createdAtMs: clock.nowMs(),
    });
    assert.deepEqual(await directory.ingestKeys('acme'), [listed]);
    assert.deepEqual(await directory.authenticateIngestKey(key.reveal()), {
      tenant: 'acme',
      name: listed.keyId,
      kind: 'ingest_key',
      credentialId: listed.keyId,
    });
    assert.equal(await directory.authenticateIngestKey(listed.keyId), undefined);
    assert.equal(await directory.authenticateIngestKey(''), undefined);
  },

  'ends with revocation, by its own tenant only': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const { key, keyId } = await directory.createIngestKey('acme', 'n', actor);
    await directory.createTenant(globex, actor);
    await refuses(directory.revokeIngestKey('globex', keyId, actor), 'not_found');
    assert.ok(await directory.authenticateIngestKey(key.reveal()));
    await directory.revokeIngestKey('acme', keyId, actor);
    assert.equal(await directory.authenticateIngestKey(key.reveal()), undefined);
    await refuses(
      directory.revokeIngestKey('acme', keyId, actor),
      'not_found',
      `tenant acme has no ingest key "${keyId}"`,
    );
  },

  'refuses a name that does not print': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    for (const name of ['', 'a\u{0}b', ' a', 'x'.repeat(201)]) {
      await refuses(ground.directory.createIngestKey('acme', name, actor), 'input_invalid');
      await refuses(ground.directory.createApiClient('acme', name, actor), 'input_invalid');
    }
  },
};
