/**
 * Goal: no credential is ever written down by accident. Method: one process with everything that takes
 * credentials, used rightly and wrongly, beside a vendor and a receiver that repeat in their answers
 * whatever they were sent; then everything it has written is searched for every secret of the run.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { it } from 'node:test';
import { request } from 'undici';
import { z } from 'zod';
import { sampleBatch } from '../../src/testing/export-service.ts';
import { HttpPeer, type PeerAnswer, type PeerRequest } from '../../src/testing/http-peer.ts';
import { freePort, tailrace, tailraceJson } from '../../src/testing/tailrace-process.ts';
import { temporaryRoot, until } from './relay-stand.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** What the configuration refers to, by the files that hold it. */
const given = {
  'source-token': 'trat_the-token-that-the-upstream-service-was-given-out-with',
  'client-secret': 'Zs3qW8nTfK5vYb2LxR7cHd9GmJ4pQaUe',
  'connector-key': 'pA$$w0rd!2026#Xy&z*9Qk',
  'hec-token': '6f1c7a52-9d3e-4f58-8b21-0c4e5d6f7a8b',
  'elastic-key': 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==',
  'webhook-header': 'whk-7d1f0c93e5b84a26',
  'signing-key': 'a key that requests to the webhook are signed with',
} as const;
/** Nobody is sent it: it only signs. */
const neverSent: readonly string[] = ['signing-key'];
const password = 'a long password of somebody';

const approved = z.object({ apiId: z.string(), keys: z.array(z.object({ key: z.string() })) });

it(
  'no secret is in logs, status, metrics, files or the process list',
  { timeout: 120_000 },
  async () => {
    using root = temporaryRoot();
    const data = join(root.path, 'data');
    const secrets = new Map<string, string>([...Object.entries(given), ['password', password]]);
    const command = async (name: string, key: string, ...words: readonly string[]) => {
      const answer = await tailraceJson(...words, '--data-directory', data);
      const value = String(answer[key]);
      assert.ok(value.length > 10, JSON.stringify(Object.keys(answer)));
      secrets.set(name, value);
      return { value, answer };
    };
    await tailraceJson('tenant', 'create', 'acme', '--data-directory', data);
    const email = 'ada@example.com';
    const invited = await tailraceJson('admin', 'invite', 'acme', email, '--data-directory', data);
    const code = /trin_[\w-]+/.exec(String(invited['url']))?.[0];
    assert.ok(code !== undefined, JSON.stringify(Object.keys(invited)));
    secrets.set('invitation', code);
    await tailraceJson('export-settings', 'set', 'acme', '--enable', '--data-directory', data);
    const ingest = await command('ingest key', 'key', 'ingest-key', 'create', 'acme');
    const token = await command('token', 'token', 'token', 'create', 'acme', email);
    const client = await command('client secret', 'clientSecret', 'api-client', 'create', 'acme');
    const register = [
      'siem',
      '--redirect-url',
      'https://siem.example.com/',
      '--data-directory',
      data,
    ];
    await tailraceJson('connector', 'request', 'acme', ...register);
    const approve = ['connector', 'approve', 'acme', 'siem', '--data-directory', data];
    const connector = approved.parse(await tailraceJson(...approve));
    const connectorKey = connector.keys[0]?.key ?? '';
    secrets.set('key of the connector', connectorKey);
    const masterKey = readFileSync(join(data, 'master.key'), 'utf8').trim().split(/\s+/).at(-1);
    assert.ok(masterKey !== undefined && masterKey.length > 30);
    secrets.set('master key', masterKey);

    /** How often each secret has come, and was repeated in an answer. */
    const repeated = new Map<string, number>();
    const echo = (asked: PeerRequest): PeerAnswer => {
      const [name, value] = secretIn(asked);
      const turn = (repeated.get(name) ?? 0) + 1;
      repeated.set(name, turn);
      return echoes[turn % echoes.length]?.(asked, value) ?? { status: 500 };
    };
    await using vendor = await HttpPeer.start(echo);
    await using receiver = await HttpPeer.start(echo);
    const listen = `127.0.0.1:${await freePort()}`;
    const url = `http://${listen}`;
    const watched = join(root.path, 'watched');
    mkdirSync(watched);
    for (const [name, value] of Object.entries(given)) {
      writeFileSync(join(root.path, name), value, { mode: 0o600 });
    }
    const secret = (name: keyof typeof given) => ({ file: join(root.path, name) });
    const config = {
      dataDirectory: data,
      log: { level: 'debug' },
      serve: { listen },
      sources: [
        {
          name: 'vendor-1',
          type: 'druva',
          api: 'v1',
          stream: 'globex/insync',
          url: vendor.url,
          username: email,
          token: { env: 'SOURCE_TOKEN' },
        },
        {
          name: 'vendor-2',
          type: 'druva',
          api: 'v2',
          stream: 'initech/insync',
          url: vendor.url,
          clientId: 'a-client',
          clientSecret: secret('client-secret'),
        },
        {
          name: 'attacks',
          type: 'apptrana',
          stream: 'globex/apptrana',
          url: vendor.url,
          apiId: 'APIKEYARHWgovwP',
          apiKey: secret('connector-key'),
        },
      ],
      sinks: [
        { name: 'files', type: 'file', directory: watched, rollEvery: '50ms' },
        { name: 'hec', type: 'splunk-hec', url: receiver.url, token: secret('hec-token') },
        {
          name: 'elastic',
          type: 'elasticsearch',
          urls: receiver.url,
          apiKey: secret('elastic-key'),
        },
        {
          name: 'webhook',
          type: 'http',
          url: receiver.url,
          signingKey: secret('signing-key'),
          headers: { 'x-api-key': secret('webhook-header') },
        },
      ],
    };
    const configFile = join(root.path, 'tailrace.yaml');
    writeFileSync(configFile, JSON.stringify(config));

    const child = spawn(process.execPath, [main, 'run', '--config', configFile], {
      env: { ...process.env, SOURCE_TOKEN: given['source-token'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written = { log: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (written.log += text));
    }
    try {
      const call = async (path: string, headers: Record<string, string>, body?: string) => {
        const method = body === undefined ? 'GET' : 'POST';
        const answer = await request(url + path, { method, headers, ...(body && { body }) });
        return {
          status: answer.statusCode,
          headers: answer.headers,
          text: await answer.body.text(),
        };
      };
      await until('the service listens', written, async () => {
        return (await call('/readyz', {}).catch(() => undefined))?.status === 200;
      });

      assert.equal(
        (await call('/ingest/v1/acme/insync', bearer(ingest.value), sampleBatch(3))).status,
        200,
      );
      const pulled = await call('/api/events/v1', basic(email, token.value));
      assert.equal(pulled.status, 200);
      const cookie = /progress=([^;]+)/.exec(String(pulled.headers['set-cookie']))?.[1] ?? '';
      secrets.set('progress cookie', cookie);
      const grant = await call(
        '/token',
        basic(String(client.answer['clientId']), client.value),
        'grant_type=client_credentials',
      );
      const { access_token: access }: { access_token: string } = JSON.parse(grant.text);
      secrets.set('access token', access);
      const sent = await call(`/wafportal/rest/siem/v1/authorize?client_id=${connector.apiId}`, {});
      const authorizationCode =
        /[?&]code=([\w-]+)/.exec(String(sent.headers['location']))?.[1] ?? '';
      secrets.set('authorization code', authorizationCode);
      const exchanged = await call(
        '/wafportal/rest/siem/v1/getAuthToken',
        basic(connector.apiId, connectorKey),
        `grant_type=authorization_code&code=${authorizationCode}`,
      );
      assert.equal(exchanged.status, 200, exchanged.text);
      const { access_token: attackToken }: { access_token: string } = JSON.parse(exchanged.text);
      secrets.set('access token of the connector', attackToken);
      const body = JSON.stringify({ code, password });
      const accepted = await call('/console/api/invitations/accept', page, body);
      assert.equal(accepted.status, 200, accepted.text);
      const session = /=([^;]+)/.exec(String(accepted.headers['set-cookie']))?.[1] ?? '';
      secrets.set('session', session);
      const cookies = { cookie: `__Host-tailrace-session=${session}` };
      assert.equal((await call('/console/api/session', cookies)).status, 200);
      // Credentials in the wrong place, of the wrong kind, in queries and in paths.
      for (const value of secrets.values()) {
        const encoded = encodeURIComponent(value);
        await call(`/api/events/v1?token=${encoded}`, basic(email, `${value}x`));
        await call(`/insync/eventmanagement/v2/events?tracker=${encoded}`, bearer(access));
        await call(`/streams/v1/${encoded}?after=${encoded}`, basic(email, token.value));
        await call(`/wafportal/rest/siem/v1/authorize?client_id=${encoded}`, {});
        await call(
          '/token',
          {},
          `grant_type=client_credentials&client_id=${encoded}&client_secret=${encoded}`,
        );
        await call('/console/api/sign-in', page, JSON.stringify({ email, password: value }));
        await call('/console/api/sign-in', page, JSON.stringify({ email: value, password: 'x' }));
      }
      for (const [name, value] of secrets) assert.ok(value.length >= 12, `${name} is missing`);
      await until(
        'sources and receivers have refused, repeating what they were sent',
        written,
        () => {
          const sentNames = Object.keys(given).filter((name) => !neverSent.includes(name));
          return sentNames.every((name) => (repeated.get(name) ?? 0) >= 2);
        },
      );
      const metrics = (await call('/metrics', {})).text;
      const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      const status = await tailrace('status', '--data-directory', data);
      const audit = await tailrace('audit', '--limit', '1000', '--json', '--data-directory', data);

      assert.ok(written.log.split('\n').length > 20, written.log);
      const places = new Map([
        ['log', written.log],
        ['metrics', metrics],
        ['process list', commandLine],
        ['status', status.stdout],
        ['audit trail', audit.stdout],
        ...filesIn(data),
        ...filesIn(watched),
      ]);
      for (const [name, value] of secrets) {
        for (const [place, text] of places) {
          if (place.endsWith('master.key') && name === 'master key') continue;
          for (const form of [
            value,
            encodeURIComponent(value),
            Buffer.from(value).toString('base64'),
          ]) {
            const at = text.indexOf(form);
            const around = text.slice(Math.max(0, at - 200), at);
            assert.equal(at, -1, `the ${name} is in the ${place}, behind ${around}`);
          }
        }
      }
    } finally {
      child.kill('SIGKILL');
    }
  },
);

const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
const basic = (name: string, value: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${value}`).toString('base64')}`,
});
const page = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };

/** Answers that repeat what was sent, each in another place. */
const echoes: readonly ((asked: PeerRequest, value: string) => PeerAnswer)[] = [
  ({ headers }, value) => ({ status: 500, body: `who is ${value}? ${headers.authorization}` }),
  (_, value) => ({ status: 302, headers: { location: `/login/${value}?a=${value}` } }),
  (_, value) => ({ status: 401, body: `${value} is wrong` }),
  ({ headers, body }) => ({
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: `<html>${JSON.stringify(headers)} ${body}</html>`,
  }),
];

/** Which of the configuration's secrets a request holds, in whatever way. */
function secretIn({ headers, body }: PeerRequest): readonly [name: string, value: string] {
  const basicText = Buffer.from(headers.authorization?.split(' ')[1] ?? '', 'base64').toString();
  const text = `${JSON.stringify(headers)} ${decodeURIComponent(body.slice(0, 2000))} ${basicText}`;
  return Object.entries(given).find(([, value]) => text.includes(value)) ?? ['none', ''];
}

/** Every file of a folder as text, byte for byte. */
function filesIn(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'latin1')]);
}
