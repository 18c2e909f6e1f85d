import { z } from 'zod';
import type { IngestKey, LastUse } from '../../../../directory/directory.ts';
import type { IngestKeyView } from '../../api-types.ts';
import type { EndpointsOf } from '../../endpoint.ts';
import { credentialName } from '../../schemas/credential-name.ts';
import { lastUsedAtMs } from '../last-use.ts';

type IngestKeyEndpoint =
  | 'GET /operator/tenants/:tenant/ingest-keys'
  | 'POST /operator/tenants/:tenant/ingest-keys'
  | 'DELETE /operator/tenants/:tenant/ingest-keys/:keyId';

export const ingestKeyEndpoints: EndpointsOf<IngestKeyEndpoint> = {
  'GET /operator/tenants/:tenant/ingest-keys': {
    who: 'operator',
    handle: async ({ params, service: { directory } }) => {
      const [keys, uses] = await Promise.all([
        directory.ingestKeys(params.tenant),
        directory.credentialUses(params.tenant),
      ]);
      return { ingestKeys: keys.map((key) => view(key, uses)) };
    },
  },
  'POST /operator/tenants/:tenant/ingest-keys': {
    who: 'operator',
    body: z.strictObject({ name: credentialName }),
    handle: async ({ params, body, actor, service: { directory } }) => {
      const created = await directory.createIngestKey(params.tenant, body.name, actor);
      return { ingestKey: view(created, []), key: created.key.reveal() };
    },
  },
  'DELETE /operator/tenants/:tenant/ingest-keys/:keyId': {
    who: 'operator',
    handle: async ({ params, actor, service: { directory } }) => {
      await directory.revokeIngestKey(params.tenant, params.keyId, actor);
      return { ok: true };
    },
  },
};

function view({ keyId, name, createdAtMs }: IngestKey, uses: readonly LastUse[]): IngestKeyView {
  return { keyId, name, createdAtMs, lastUsedAtMs: lastUsedAtMs(uses, 'ingest_key', keyId) };
}
