import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openTestService } from '../../testing/export-service.ts';
import type { TestService } from '../../testing/export-service.ts';

const html =
  '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__" src="/x"></script>';

async function serviceWithPage(): Promise<TestService> {
  const service = await openTestService();
  const page = service.dependencies.console?.pageDirectory ?? '';
  await mkdir(join(page, 'assets'), { recursive: true });
  const files: Readonly<Record<string, string | Buffer>> = {
    'index.html': html,
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'secret.txt': 'not to be served',
    '../outside.js': 'not to be served either',
    'assets/main-1a2b.js': 'plain script',
    'assets/main-1a2b.js.br': 'script in brotli',
    'assets/main-1a2b.js.gz': gzipSync('plain script'),
    'assets/small-3c4d.css': 'a{}',
    'assets/main-1a2b.js.map': '{}',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(page, name), content);
  return service;
}

describe('the page of the console', () => {
  it('stands at its addresses and at no other', async () => {
    await using service = await serviceWithPage();
    const pages = [
      '/',
      '/sign-in',
      '/setup',
      '/events?text=x',
      '/settings/api',
      '/operator/tenants/a',
    ];
    for (const path of pages) {
      const response = await service.app.request(path);
      assert.equal(response.status, 200, path);
      assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
      assert.equal(response.headers.get('cache-control'), 'no-store');
    }
    for (const path of ['/index.html', '/event', '/events/1', '/settingsx', '/console']) {
      const response = await service.app.request(path);
      assert.equal(response.status, 404, path);
      assert.match(
        response.headers.get('content-security-policy') ?? '',
        /^default-src 'none'; frame/,
      );
    }
    assert.equal((await service.app.request('/', { method: 'POST' })).status, 405);
    assert.equal((await service.app.request('/', { method: 'HEAD' })).status, 200);
  });

  it('runs only what carries the nonce of this very answer', async () => {
    await using service = await serviceWithPage();
    const nonces = new Set<string>();
    for (let visit = 0; visit < 3; visit += 1) {
      const response = await service.app.request('/overview');
      const policy = response.headers.get('content-security-policy') ?? '';
      const nonce =
        /script-src 'nonce-([A-Za-z0-9+/=]{24})' 'strict-dynamic';/.exec(policy)?.[1] ?? '';
      assert.equal(await response.text(), html.replaceAll('__CSP_NONCE__', nonce));
      assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`));
      for (const directive of [
        "default-src 'none'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ]) {
        assert.ok(policy.split('; ').includes(directive), directive);
      }
      const scripts = policy.split('; ').find((directive) => directive.startsWith('script-src'));
      assert.ok(!scripts?.includes('unsafe'), scripts);
      nonces.add(nonce);
    }
    assert.equal(nonces.size, 3);
  });

  it('says in words that it is not built', async () => {
    await using service = await openTestService();
    const response = await service.app.request('/');
    assert.equal(response.status, 503);
    assert.match(await response.text(), /npm run build:console/);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
    assert.equal((await service.app.request('/console/assets/main-1a2b.js')).status, 404);
  });

  it('is away when the console is switched off', async () => {
    await using service = await openTestService({ console: { enabled: false } });
    for (const path of ['/', '/sign-in', '/console/api/session', '/console/api/sign-in-methods']) {
      assert.equal((await service.app.request(path)).status, 404, path);
    }
  });
});

describe('files of the console', () => {
  const script = '/console/assets/main-1a2b.js';

  it('are kept for ever, and compressed as the browser likes it', async () => {
    await using service = await serviceWithPage();
    for (const [accepted, coding, body] of [
      ['gzip, deflate, br, zstd', 'br', 'script in brotli'],
      ['gzip', 'gzip', undefined],
      ['br;q=0, gzip;q=0.5', 'gzip', undefined],
      ['identity', null, 'plain script'],
      ['', null, 'plain script'],
    ] as const) {
      const headers = { 'accept-encoding': accepted };
      const response = await service.app.request(script, { headers });
      assert.equal(response.headers.get('content-encoding'), coding, accepted);
      if (body !== undefined) assert.equal(await response.text(), body);
      assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      assert.equal(response.headers.get('vary'), 'accept-encoding');
      assert.match(response.headers.get('content-type') ?? '', /^text\/javascript/);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    }
    const headers = { 'accept-encoding': 'br' };
    const style = await service.app.request('/console/assets/small-3c4d.css', { headers });
    assert.equal(style.headers.get('content-encoding'), null);
    assert.equal(await style.text(), 'a{}');
    const icon = await service.app.request('/console/favicon.svg');
    assert.equal(icon.headers.get('cache-control'), 'public, max-age=3600');
  });

  it('lie in their folder, whatever a path says', async () => {
    await using service = await serviceWithPage();
    for (const path of [
      '/console/assets/../index.html',
      '/console/assets/..%2findex.html',
      '/console/assets/..%2f..%2foutside.js',
      '/console/..%2foutside.js',
      '/console/assets/%2e%2e%2f%2e%2e%2foutside.js',
      '/console/assets/..%5c..%5coutside.js',
      '/console/assets/main-1a2b.js%00.css',
      '/console/assets/.js',
      '/console/assets/%2fetc%2fpasswd',
      '/console/assets/main-1a2b.js.br',
      '/console/assets/main-1a2b.js.map',
      '/console/secret.txt',
      '/console/index.html',
      '/console/assets/',
      '/console/assets',
      `/console/assets/${'x'.repeat(300)}.js`,
    ]) {
      const response = await service.app.request(path);
      assert.equal(response.status, 404, path);
      assert.ok(!(await response.text()).includes('not to be served'), path);
    }
  });
});
