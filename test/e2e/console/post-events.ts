import assert from 'node:assert/strict';
import { tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

/** Posts NDJSON to the tenant's feed, as the vendor's product does. */
export async function postEvents(
  { baseUrl, ingestKey }: ConsoleStand,
  feed: string,
  body: string,
): Promise<void> {
  const response = await fetch(`${baseUrl}/ingest/v1/${tenant}/${feed}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/x-ndjson' },
    body,
  });
  assert.equal(response.status, 200, await response.text());
}
