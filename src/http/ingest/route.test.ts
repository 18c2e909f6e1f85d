import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { openTestService, sampleBatch, sampleEvent } from '../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../testing/export-service.ts';
import { until } from '../../testing/until.ts';
import type { ErrorBody } from '../http-error.ts';
import type { IngestAnswer } from './schemas.ts';

const limits = {
  body: '64KiB',
  decompressedBody: '128KiB',
  batchEvents: 100,
  event: '8KiB',
} as const;

const answerOf = async (response: Response): Promise<IngestAnswer> => {
  assert.equal(response.status, 200, await response.clone().text());
  const answer: IngestAnswer = JSON.parse(await response.text());
  return answer;
};

const refusalOf = async (response: Response): Promise<ErrorBody> => {
  const body: ErrorBody = JSON.parse(await response.text());
  return body;
};

describe('POST /ingest/v1/{tenant}/{feed}', () => {
  let service: TestService;
  let acme: TestTenant;
  let streams = 0;

  before(async () => {
    service = await openTestService({ limits });
    acme = await service.createTenant('acme');
  });
  after(() => service[Symbol.asyncDispose]());

  function post(
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
    tenant = acme,
  ) {
    return service.app.request(`/ingest/v1/${tenant.id}/insync`, {
      method: 'POST',
      body,
      headers: { authorization: tenant.ingest, ...headers },
    });
  }
  const freshTenant = () => service.createTenant(`fresh-${(streams += 1)}`);
  async function storedTexts(tenant: TestTenant): Promise<string[]> {
    const page = await service.store.readAfter(`${tenant.id}/insync`, 0, {
      events: 1000,
      bytes: 10_000_000,
    });
    return page.blocks.flatMap(({ ndjson }) => ndjson.toString().trimEnd().split('\n'));
  }

  it('answers the positions of NDJSON and of an array', async () => {
    const tenant = await freshTenant();
    assert.deepEqual(await answerOf(await post(sampleBatch(3), {}, tenant)), {
      appended: 3,
      skipped: 0,
      firstPosition: 1,
      lastPosition: 3,
      repeated: false,
    });
    const array = JSON.stringify([sampleEvent(4), sampleEvent(5)]);
    const json = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await answerOf(await post(array, json, tenant));
    assert.deepEqual([answer.firstPosition, answer.lastPosition], [4, 5]);
  });

  it('keeps the received bytes of canonical events', async () => {
    const tenant = await freshTenant();
    const received = '{ "eventType":"Backup",  "timestamp":"2026-11-20T00:00:00Z","ip":"\\u0031" }';
    await answerOf(await post(`${received}\r\n`, {}, tenant));
    const [stored = ''] = await storedTexts(tenant);
    assert.ok(stored.endsWith(`"fields":${received}}`), stored);
  });

  it('writes other spellings under their canonical names, and broken lines on one line', async () => {
    const tenant = await freshTenant();
    const v1 = '{"EventType":"Backup","Timestamp":"2026-11-20T00:00:00Z","IPAddress":"192.0.2.1"}';
    const spread = JSON.stringify([sampleEvent(1)], undefined, 2);
    await answerOf(await post(v1, {}, tenant));
    await answerOf(await post(spread, {}, tenant));
    const [first = '', second = ''] = await storedTexts(tenant);
    assert.ok(first.includes('"ip":"192.0.2.1"'), first);
    assert.ok(second.endsWith(`"fields":${JSON.stringify(sampleEvent(1))}}`), second);
  });

  it('stores nothing of a batch with a bad line, and names the line', async () => {
    const tenant = await freshTenant();
    const bad: readonly (readonly [line: string, message: RegExp])[] = [
      ['{"eventType":"Backup"}', /^line 3: timestamp must be .*, got nothing$/],
      ['{"timestamp":"2026-11-20T00:00:00Z"}', /^line 3: eventType must be .*, got nothing$/],
      ['not json', /^line 3: not JSON: Unexpected token/],
      ['[1]', /^line 3: an event must be a JSON object, got a list$/],
      ['null', /^line 3: an event must be a JSON object, got null$/],
      ['"text"', /^line 3: an event must be a JSON object, got a string$/],
      [
        JSON.stringify({ ...sampleEvent(3), severity: 9 }),
        /^line 3: severity must be 0 to 7, got 9$/,
      ],
    ];
    for (const [line, message] of bad) {
      const response = await post(`${sampleBatch(2)}\n${line}\n${sampleBatch(1)}`, {}, tenant);
      assert.equal(response.status, 400, line);
      const refusal = await refusalOf(response);
      assert.equal(refusal.code, 'input_invalid');
      assert.match(refusal.message, message);
    }
    assert.equal(await service.store.streamInfo(`${tenant.id}/insync`), undefined);
  });

  it('does not give back what it could not read', async () => {
    const refusal = await refusalOf(await post('{"password":"hunter2" oops'));
    assert.ok(!refusal.message.includes('hunter2'), refusal.message);
  });

  it('survives brackets two thousand deep', async () => {
    const deep = `${'['.repeat(2000)}${']'.repeat(2000)}`;
    const response = await post(`{"eventType":"x","timestamp":"2026-11-20T00:00:00Z","a":${deep}}`);
    assert.equal(response.status, 400);
    assert.match((await refusalOf(response)).message, /line 1: a must be at most 4 levels deep/);
  });

  it('leaves out categories that are not exported, also while export is disabled', async () => {
    const tenant = await freshTenant();
    const change = { categories: ['API'], enabled: false };
    await service.directory.changeExportSettings(tenant.id, change, { name: 'test' });
    const api = { ...sampleEvent(2), category: 'API', eventType: 'API Login' };
    const answer = await answerOf(
      await post(`${sampleBatch(1)}\n${JSON.stringify(api)}\n${sampleBatch(1)}`, {}, tenant),
    );
    assert.deepEqual([answer.appended, answer.skipped, answer.lastPosition], [1, 2, 1]);
    const none = await answerOf(await post(sampleBatch(2), {}, tenant));
    assert.deepEqual(none, {
      appended: 0,
      skipped: 2,
      firstPosition: 2,
      lastPosition: 1,
      repeated: false,
    });
  });

  it('stores a batch once per Idempotency-Key, and refuses the key for another batch', async () => {
    const tenant = await freshTenant();
    const key = { 'idempotency-key': 'batch 1' };
    const first = await answerOf(await post(sampleBatch(2), key, tenant));
    const again = await answerOf(await post(sampleBatch(2), key, tenant));
    assert.deepEqual(again, { ...first, repeated: true });
    const other = await post(sampleBatch(3), key, tenant);
    assert.equal(other.status, 400);
    for (const wrong of ['', 'x'.repeat(256), 'ümlaut']) {
      const response = await post(sampleBatch(1), { 'idempotency-key': wrong }, tenant);
      assert.equal(response.status, 400, wrong);
    }
    assert.equal((await service.store.streamInfo(`${tenant.id}/insync`))?.headPosition, 2);
  });

  it('reads gzip and zstd', async () => {
    const tenant = await freshTenant();
    const batch = Buffer.from(sampleBatch(50));
    for (const [coding, body] of [
      ['gzip', gzipSync(batch)],
      ['zstd', zstdCompressSync(batch)],
    ] as const) {
      const answer = await answerOf(
        await post(new Uint8Array(body), { 'content-encoding': coding }, tenant),
      );
      assert.equal(answer.appended, 50, coding);
    }
  });

  it('refuses bombs, damaged compression and other codings, and gives memory back', async () => {
    const zeros = Buffer.alloc(1_000_000);
    for (const [coding, body] of [
      ['gzip', gzipSync(zeros)],
      ['zstd', zstdCompressSync(zeros)],
    ] as const) {
      const bomb = await post(new Uint8Array(body), { 'content-encoding': coding });
      assert.equal(bomb.status, 413, coding);
      assert.match((await refusalOf(bomb)).message, /at most 131072 bytes after decompression/);
      const cut = await post(new Uint8Array(body.subarray(0, 20)), { 'content-encoding': coding });
      assert.equal(cut.status, 400, coding);
      assert.match((await refusalOf(cut)).message, new RegExp(`not valid ${coding}`));
    }
    const brotli = await post('x', { 'content-encoding': 'br' });
    assert.equal(brotli.status, 415);
    assert.equal(brotli.headers.get('accept-encoding'), 'gzip, zstd');
    assert.equal(service.service.bodies.bytes, 0);
  });

  it('refuses a few bytes of zstd that ask for 128 MiB of memory', async () => {
    // Magic number, no content size, window of 2^27 bytes, one last block that holds nothing.
    const greedy = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00);
    const response = await post(greedy, { 'content-encoding': 'zstd' });
    assert.equal(response.status, 400);
    assert.match((await refusalOf(response)).message, /not valid zstd/);
    const modest = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68, 0x01, 0x00, 0x00);
    assert.equal((await post(modest, { 'content-encoding': 'zstd' })).status, 200);
  });

  it('refuses bodies, batches and events over their limits', async () => {
    const large = await post('x'.repeat(65_537));
    assert.equal(large.status, 413);
    const refusal = await refusalOf(large);
    assert.equal(refusal.code, 'too_large');
    assert.match(refusal.message, /^the body must be at most 65536 bytes, got/);
    assert.equal((await post(sampleBatch(101))).status, 413);
    const event = JSON.stringify({ ...sampleEvent(1), eventDetails: 'x'.repeat(9000) });
    assert.equal((await post(event)).status, 413);
  });

  it('refuses a body that says it is larger without reading it', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const request = new Request('http://localhost/ingest/v1/acme/insync', {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { authorization: acme.ingest, 'content-length': '52428800' },
    });
    const response = await service.app.request(request);
    assert.equal(response.status, 413);
    assert.match((await refusalOf(response)).message, /got 52428800/);
    assert.ok(pulled <= 1, `${pulled} chunks were pulled`);
  });

  it('takes nothing when too many bodies are in memory already', async () => {
    const { bodies, options } = service.service;
    bodies.take(options.limits.bodiesInFlight);
    const response = await post(sampleBatch(1));
    bodies.giveBack(options.limits.bodiesInFlight);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '5');
    assert.equal((await refusalOf(response)).retryable, true);
    assert.equal((await post(sampleBatch(1))).status, 200);
  });

  it('refuses other content types', async () => {
    const response = await post('<a/>', { 'content-type': 'text/xml' });
    assert.equal(response.status, 415);
    assert.match((await refusalOf(response)).message, /application\/x-ndjson or application\/json/);
  });

  it('wants the tenant’s own ingest key', async () => {
    const other = await freshTenant();
    const cases: readonly (readonly [authorization: string, status: number])[] = [
      ['', 401],
      ['Bearer wrong', 401],
      [acme.basic, 401],
      [other.ingest, 403],
    ];
    for (const [authorization, status] of cases) {
      const response = await post(sampleBatch(1), { authorization });
      assert.equal(response.status, status, authorization);
      const challenge = response.headers.get('www-authenticate');
      assert.equal(challenge, status === 401 ? 'Bearer realm="Tailrace"' : null);
    }
  });

  it('refuses unknown feeds and methods', async () => {
    const init = { method: 'POST', body: '{}', headers: { authorization: acme.ingest } };
    const unknown = await service.app.request('/ingest/v1/acme/nope', init);
    assert.equal(unknown.status, 404);
    assert.match((await refusalOf(unknown)).message, /there is no feed "nope"; there are: insync/);
    const get = await service.app.request('/ingest/v1/acme/insync');
    assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
  });

  it('refuses the keys of disabled and deleted tenants', async () => {
    const tenant = await freshTenant();
    await service.directory.setTenantEnabled(tenant.id, false, { name: 'test' });
    assert.equal((await post(sampleBatch(1), {}, tenant)).status, 401);
    await service.directory.setTenantEnabled(tenant.id, true, { name: 'test' });
    assert.equal((await post(sampleBatch(1), {}, tenant)).status, 200);
    await service.directory.deleteTenant(tenant.id, { name: 'test' });
    assert.equal((await post(sampleBatch(1), {}, tenant)).status, 401);
  });

  /** A batch of which the first half has been read. */
  async function halfSent(tenant: TestTenant) {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const batch = Buffer.from(sampleBatch(3));
    const init = { method: 'POST', body: readable, headers: { authorization: tenant.ingest } };
    const path = `/ingest/v1/${tenant.id}/insync`;
    const answer = service.app.request(path, { ...init, duplex: 'half' });
    await writer.write(batch.subarray(0, 50));
    await until(() => service.service.bodies.bytes === 50);
    return async (): Promise<Response> => {
      await writer.write(batch.subarray(50));
      await writer.close();
      return answer;
    };
  }

  it('appends nothing for a key that was revoked while the body came', async () => {
    const tenant = await freshTenant();
    const send = await halfSent(tenant);
    const [key] = await service.directory.ingestKeys(tenant.id);
    await service.directory.revokeIngestKey(tenant.id, key?.keyId ?? '', { name: 'test' });
    assert.equal((await send()).status, 401);
    assert.equal(await service.store.streamInfo(`${tenant.id}/insync`), undefined);
  });

  it('appends nothing for a tenant that was deleted while the body came', async () => {
    const tenant = await freshTenant();
    const send = await halfSent(tenant);
    await service.directory.deleteTenant(tenant.id, { name: 'test' });
    await service.createTenant(tenant.id); // somebody else gets the name
    assert.equal((await send()).status, 401);
    assert.equal(await service.store.streamInfo(`${tenant.id}/insync`), undefined);
  });

  it('leaves memory for the bodies of others, however many one key begins', async () => {
    await using own = await openTestService({ limits: { bodiesInFlight: '4KiB' } });
    const [slow, other] = [await own.createTenant('slow'), await own.createTenant('other')];
    const send = (tenant: TestTenant, body: string | ReadableStream<Uint8Array>) =>
      own.app.request(`/ingest/v1/${tenant.id}/insync`, {
        method: 'POST',
        body,
        duplex: 'half',
        headers: { authorization: tenant.ingest },
      });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const trickling = send(slow, readable);
    await writer.write(Buffer.from(' '.repeat(2000)));
    await until(() => own.service.bodies.bytes === 2000);
    assert.equal((await send(slow, sampleBatch(1))).status, 503);
    assert.equal((await send(other, sampleBatch(2))).status, 200);
    await writer.write(Buffer.from(sampleBatch(1)));
    await writer.close();
    assert.equal((await trickling).status, 200, 'the only body of a tenant may be larger');
    assert.equal(own.service.bodies.bytes, 0);
  });

  it('counts events, bytes and what was skipped', async () => {
    const text = await service.service.registry.metrics();
    assert.match(text, /tailrace_ingest_events_total\{tenant="acme",feed="insync"\} \d/);
    assert.match(text, /tailrace_ingest_skipped_events_total\{tenant="fresh-5",feed="insync"\} 4/);
    assert.match(text, /tailrace_stream_head_position\{tenant="acme",feed="insync"\} \d/);
  });

  it('normalises the severities of attacks as the options say', async () => {
    await using own = await openTestService({ siemApi: { severities: [1, 1, 1, 1, 6, 1, 1, 1] } });
    const tenant = await own.createTenant('acme');
    const attack = {
      attackerIP: '192.0.2.1',
      severity: 4,
      attackTime: '2026-11-20T05:54:02.091Z',
      ruleId: '40',
      requestId: 'XDgvJ11cQNtD@oi4vIg3fwAACDg',
    };
    const response = await own.app.request('/ingest/v1/acme/apptrana', {
      method: 'POST',
      body: JSON.stringify(attack),
      headers: { authorization: tenant.ingest },
    });
    await answerOf(response);
    const page = await own.store.readAfter('acme/apptrana', 0, { events: 1, bytes: 10_000 });
    const stored: { severity: number } = JSON.parse(page.blocks[0]?.ndjson.toString() ?? '');
    assert.equal(stored.severity, 6);
  });
});
