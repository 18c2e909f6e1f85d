import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import assert from 'node:assert/strict';
import { Hono } from 'hono';
import { AppError } from '../../../src/core/errors.ts';
import type { HttpContext, HttpEnv } from '../../../src/http/http-env.ts';
import { ByteBudget } from '../../../src/http/limits/byte-budget.ts';
import { readBody } from '../../../src/http/request-body.ts';
import { HttpClient, HttpFailure } from '../../../src/lib/http-client.ts';
import { portOf } from '../../../src/testing/port-of.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const bytesMax = 256 * 1024;
const text = Buffer.from('{"id":"an event","text":"some text, some text"}\n'.repeat(20));
const bomb = Buffer.alloc(4 * bytesMax);

/** By the first byte of an input; what follows are the bytes that are said to be so coded. */
const codings = {
  g: 'gzip',
  z: 'zstd',
  i: 'identity',
  b: 'br',
  d: 'deflate',
  t: 'gzip, gzip',
  x: 'x-unknown',
} as const;

const seeds = [
  ['g', gzipSync(text)],
  ['g', Buffer.concat([gzipSync(text), gzipSync(text)])],
  ['g', gzipSync(bomb)],
  ['z', zstdCompressSync(text)],
  ['z', zstdCompressSync(bomb)],
  ['i', text],
  ['b', brotliCompressSync(text)],
  ['d', deflateSync(text)],
  ['t', gzipSync(gzipSync(bomb))],
] as const;
const seedInputs = seeds.map(([coding, bytes]) => Buffer.concat([Buffer.from(coding), bytes]));
const tokens = ['\u001f\u008b', '(\u00b5/\u00fd', 'g', 'z', 't', '\0\0\0\0', '\u00ff\u00ff'];

function partsOf(input: Buffer): { readonly coding: string; readonly bytes: Buffer } {
  const letter = String.fromCharCode(input[0] ?? 0);
  const coding = Object.entries(codings).find(([known]) => known === letter)?.[1] ?? 'gzip';
  return { coding, bytes: input.subarray(1) };
}

function digest(bytes: Buffer): string {
  assert.ok(bytes.length <= bytesMax, `${bytes.length} bytes were taken`);
  return createHash('sha256').update(bytes).digest('hex');
}

/** Compressed requests: what is taken is no larger than it may be, and all memory is given back. */
function requestBodies(): FuzzTarget {
  const limits = { bytesMax, decompressedBytesMax: bytesMax };
  const budget = new ByteBudget('request bodies', 4 * bytesMax);
  const app = new Hono<HttpEnv>();
  let reading = Promise.resolve('');
  const digested = async (c: HttpContext) => {
    using body = await readBody(c, limits, budget);
    return digest(body.bytes);
  };
  app.post('/', async (c) => {
    c.set('client', { address: '192.0.2.1', isSecure: true });
    reading = digested(c);
    await reading.catch(() => {}); // `read` tells
    return c.body(null);
  });
  return {
    name: 'compressed-requests',
    seeds: seedInputs,
    tokens,
    read: async (input) => {
      const { coding, bytes } = partsOf(input);
      const headers = { 'content-encoding': coding };
      await app.request('/', { method: 'POST', headers, body: Buffer.from(bytes) });
      assert.equal(budget.bytes, 0);
      return reading;
    },
  };
}

/** Compressed answers of vendors and receivers. */
function answers(): FuzzTarget {
  let next = partsOf(Buffer.alloc(0));
  let server: Server | undefined;
  const client = new HttpClient({ timeoutMs: 10_000, responseBytesMax: bytesMax });
  const open = async () => {
    server ??= createServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': next.coding }).end(next.bytes);
    }).listen(0, '127.0.0.1');
    if (!server.listening) await once(server, 'listening');
    return new URL(`http://127.0.0.1:${portOf(server)}/`);
  };
  return {
    name: 'compressed-answers',
    seeds: seedInputs,
    tokens,
    read: async (input) => {
      next = partsOf(input);
      const url = await open();
      try {
        const request = { method: 'GET', url, headers: {} } as const;
        return digest((await client.send(request, new AbortController().signal)).body);
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        throw new AppError('source_unavailable', error.kind, { cause: error });
      }
    },
    close: async () => {
      await client[Symbol.asyncDispose]();
      server?.closeAllConnections();
      await server?.[Symbol.asyncDispose]();
      server = undefined;
    },
  };
}

/** What comes compressed, and may be anything but what it says. */
export const compressedTargets: readonly FuzzTarget[] = [requestBodies(), answers()];
