/**
 * Goal: what a product posts is what its customers pull, event for event, whichever door and format.
 * Method: 1,500 varied events go through ingest and come back through Events API v1 and v2 in all
 * three formats; lines are read by our decoders and every value is compared.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { attributesFromCef } from '../../src/encode/cef/attributes-from-cef.ts';
import { decodeCef } from '../../src/encode/cef/decode-cef.ts';
import type { VendorFormat } from '../../src/encode/encoder.ts';
import { attributesFromSyslog } from '../../src/encode/syslog/attributes-from-syslog.ts';
import { decodeSyslog } from '../../src/encode/syslog/decode-syslog.ts';
import type { FeedField } from '../../src/feeds/feed.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { openTestService } from '../../src/testing/export-service.ts';
import type { TestService, TestTenant } from '../../src/testing/export-service.ts';
import {
  newSchemaName,
  openTestPostgres,
  postgresSkip,
} from '../../src/testing/postgres-cluster.ts';
import { sharedLines, skipWithout } from '../conformance/shared-data.ts';

const activity = sharedLines('activity.ndjson');
const apis = ['v1', 'v2'] as const;
type Api = (typeof apis)[number];

/** How each format hands an event over, and which attributes it has room for. */
const readings: Readonly<
  Record<
    VendorFormat,
    {
      readonly read: (element: JsonValue, api: Api) => JsonObject;
      readonly carries: (field: FeedField) => boolean;
      /** What remains of a text: line formats have no room for controls and outer spaces. */
      readonly textOf: (text: string) => string;
    }
  >
> = {
  json: { read: readObject, carries: () => true, textOf: (text) => text },
  cef: {
    read: (element) => attributesFromCef(inSync, decodeCef(lineOf(element))),
    carries: (field) => field.cef !== undefined,
    textOf: (text) => text.replaceAll(/\r\n?/g, '\n').replaceAll('\t', ' ').trim(),
  },
  syslog: {
    read: (element) => attributesFromSyslog(inSync, decodeSyslog(lineOf(element))),
    carries: (field) => field.syslogName !== undefined,
    textOf: (text) => text.replaceAll(/\r\n?|\n|\t/g, ' ').trim(),
  },
};

describe('the events of a product', { skip: skipWithout('activity.ndjson', activity) }, () => {
  for (const api of apis) {
    for (const format of ['cef', 'syslog', 'json'] as const) {
      it(`come back through API ${api} as ${format}, every value of every event`, async () => {
        await using service = await openTestService();
        await assertComesBack(service, api, format);
      });
    }
  }

  it('come back from PostgreSQL too', { skip: postgresSkip }, async () => {
    await using server = await openTestPostgres();
    const postgres = { url: server.url, schema: newSchemaName() };
    await using service = await openTestService({}, { postgres });
    await assertComesBack(service, 'v2', 'cef');
  });
});

async function assertComesBack(
  service: TestService,
  api: Api,
  format: VendorFormat,
): Promise<void> {
  const tenant = await service.createTenant('acme');
  const sent = (activity ?? []).map((line): JsonObject => JSON.parse(line));
  await post(service, tenant, (activity ?? []).join('\n'));

  const pulled = (await pullAll(service, tenant, api, format)).filter(
    (attributes) => attributes['eventType'] !== 'API Login' || 'inSyncUserID' in attributes,
  );

  assert.equal(pulled.length, sent.length);
  for (const [index, attributes] of sent.entries()) {
    assert.deepEqual(comparable(pulled[index] ?? {}, format), comparable(attributes, format));
  }
}

async function post(service: TestService, tenant: TestTenant, body: string): Promise<void> {
  const response = await service.app.request(`/ingest/v1/${tenant.id}/insync`, {
    method: 'POST',
    headers: { authorization: tenant.ingest, 'content-type': 'application/x-ndjson' },
    body,
  });
  assert.equal(response.status, 200, await response.text());
}

/** Attributes by canonical names of everything that an empty-handed client pulls. */
async function pullAll(
  service: TestService,
  tenant: TestTenant,
  api: Api,
  format: VendorFormat,
): Promise<readonly JsonObject[]> {
  const elements = await (api === 'v1' ? pullV1 : pullV2)(service, tenant, format);
  return elements.map((element) => readings[format].read(element, api));
}

async function pullV1(service: TestService, tenant: TestTenant, format: VendorFormat) {
  const elements: JsonValue[] = [];
  let cookie = '';
  for (;;) {
    const response = await service.app.request(`/api/events/v1?format=${format}`, {
      headers: { authorization: tenant.basic, ...(cookie && { cookie }) },
    });
    assert.equal(response.status, 200);
    const { events }: { events: JsonValue[] } = JSON.parse(await response.text());
    if (events.length === 0) return elements;
    elements.push(...events);
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }
}

async function pullV2(service: TestService, tenant: TestTenant, format: VendorFormat) {
  const elements: JsonValue[] = [];
  const authorization = `Bearer ${await accessToken(service, tenant)}`;
  let tracker = '';
  for (;;) {
    const query = `format=${format}${tracker && `&tracker=${encodeURIComponent(tracker)}`}`;
    const response = await service.app.request(`/insync/eventmanagement/v2/events?${query}`, {
      headers: { authorization },
    });
    assert.equal(response.status, 200);
    const page: { events: JsonValue[]; tracker: string; nextPageExists: boolean } = JSON.parse(
      await response.text(),
    );
    elements.push(...page.events);
    if (!page.nextPageExists) return elements;
    ({ tracker } = page);
  }
}

async function accessToken(service: TestService, tenant: TestTenant): Promise<string> {
  const response = await service.app.request('/token', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
    }),
  });
  const answer: { access_token: string } = JSON.parse(await response.text());
  return answer.access_token;
}

function lineOf(element: JsonValue): string {
  assert.ok(typeof element === 'string');
  return element;
}

/** JSON elements come under the names of their API. */
function readObject(element: JsonValue, api: Api): JsonObject {
  assert.ok(typeof element === 'object' && element !== null && !Array.isArray(element));
  const canonicalNames = new Map(
    inSync.fields.map(({ name, v1Name }) => [api === 'v1' ? v1Name : name, name]),
  );
  return Object.fromEntries(
    Object.entries(element).map(([name, value]) => [canonicalNames.get(name) ?? name, value]),
  );
}

/** The attributes that a format carries, without what says nothing and the export's own facility. */
function comparable(attributes: JsonObject, format: VendorFormat): Record<string, JsonValue> {
  const { carries, textOf } = readings[format];
  const compared: Record<string, JsonValue> = {};
  for (const field of inSync.fields) {
    const value = attributes[field.name];
    if (field.role === 'facility' || !carries(field)) continue;
    if (value === undefined || value === null || value === '') continue;
    compared[field.name] = typeof value === 'string' ? textOf(value) : value;
  }
  return compared;
}
