import assert from 'node:assert/strict';
import { actor, dayMs, globex, groundWithPeople, apiClientPrincipal, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const apiClientContract: DirectoryContract = {
  'lets a client in by id and secret, and lists it without': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { secret, ...client } = await directory.createApiClient('acme', 'Splunk', actor);
    assert.deepEqual(await directory.apiClients('acme'), [client]);
    assert.deepEqual(client, {
      clientId: client.clientId,
      name: 'Splunk',
      createdAtMs: clock.nowMs(),
    });
    assert.deepEqual(await directory.authenticateApiClient(client.clientId, secret.reveal()), {
      tenant: 'acme',
      name: client.clientId,
      kind: 'api_client',
      credentialId: client.clientId,
    });
    const other = await directory.createApiClient('acme', 'Splunk', actor);
    const crossed = await directory.authenticateApiClient(other.clientId, secret.reveal());
    assert.equal(crossed, undefined);
    assert.equal(await directory.authenticateApiClient(client.clientId, 'wrong'), undefined);
  },

  'lets in by access token until it expires': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const principal = await apiClientPrincipal(directory);
    const first = await directory.issueAccessToken(principal, 1000);
    clock.advance(999);
    const second = await directory.issueAccessToken(principal, 1000);
    assert.notEqual(first.reveal(), second.reveal());
    assert.deepEqual(await directory.authenticateAccessToken(first.reveal()), principal);
    clock.advance(1);
    assert.equal(await directory.authenticateAccessToken(first.reveal()), undefined);
    assert.deepEqual(await directory.authenticateAccessToken(second.reveal()), principal);
    assert.equal(await directory.authenticateAccessToken('trac_none'), undefined);
  },

  'takes no credential for one of another kind': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const access = (
      await directory.issueAccessToken(await apiClientPrincipal(directory), 1000)
    ).reveal();
    const ingest = (await directory.createIngestKey('acme', 'key', actor)).key.reveal();
    assert.ok(await directory.authenticateAccessToken(access));
    assert.ok(await directory.authenticateIngestKey(ingest));
    assert.equal(await directory.authenticateIngestKey(access), undefined);
    assert.equal(await directory.authenticateAccessToken(ingest), undefined);
    assert.equal(await directory.authenticateApiClient('', ingest), undefined);
    assert.equal(await directory.authenticateToken('', access), undefined);
  },

  'issues access tokens to API clients only, for at most a day': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const principal = await apiClientPrincipal(directory);
    for (const lifeMs of [0, -1, dayMs + 1, 0.5, Infinity]) {
      await refuses(directory.issueAccessToken(principal, lifeMs), 'input_invalid');
    }
    const token = { ...principal, kind: 'token' } as const;
    await refuses(directory.issueAccessToken(token, 1000), 'input_invalid');
  },

  'ends a client with its access tokens': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const { clientId, secret } = await directory.createApiClient('acme', 'Splunk', actor);
    const principal = await directory.authenticateApiClient(clientId, secret.reveal());
    assert.ok(principal);
    const access = await directory.issueAccessToken(principal, dayMs);
    assert.ok(await directory.authenticateAccessToken(access.reveal()));
    await directory.createTenant(globex, actor);
    await refuses(directory.revokeApiClient('globex', clientId, actor), 'not_found');
    await directory.revokeApiClient('acme', clientId, actor);
    assert.equal(await directory.authenticateApiClient(clientId, secret.reveal()), undefined);
    assert.equal(await directory.authenticateAccessToken(access.reveal()), undefined);
    await refuses(directory.issueAccessToken(principal, 1000), 'not_found');
    await refuses(directory.revokeApiClient('acme', clientId, actor), 'not_found');
    assert.deepEqual(await directory.apiClients('acme'), []);
  },
};
