import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Secret } from '../../../core/secret.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { portOf } from '../../../testing/port-of.ts';
import { serveOptions } from '../../options.ts';
import { OidcProvider } from './provider.ts';

const tooMuch = 64 * 1024 ** 2;

describe('answers of an OpenID provider', { timeout: 30_000 }, () => {
  it('are not read on when they are larger than they can be, decompressed', async () => {
    const bomb = gzipSync(`{"issuer":"${' '.repeat(tooMuch)}"}`);
    await using server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(bomb);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${portOf(server)}`;
    const { console } = serveOptions.parse({
      console: { oidc: { issuer, clientId: 'a', clientSecret: { env: 'S' } } },
    });
    assert.ok(console.oidc);
    const provider = new OidcProvider(console.oidc, async () => new Secret('s'), new ManualClock());
    await assert.rejects(provider.authorizationUrl('http://localhost/callback'), (error: Error) => {
      const texts = [error.message, error.cause instanceof Error ? error.cause.message : ''];
      return texts.some((text) => text.includes('larger than 1048576 bytes'));
    });
  });
});
