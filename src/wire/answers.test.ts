import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Headers } from 'undici';
import { secretReader } from '../config/secret-reader.ts';
import { describeAnswer, retryAfterMs } from './answers.ts';

const nowMs = Date.UTC(2026, 10, 20);

describe('an answer, described', () => {
  it('has no secret that was read, and shows the rest of what was said', async () => {
    const secret = 'pA$$w0rd!2026#Xy  &z*9Qk';
    assert.equal((await secretReader({ S: secret })({ env: 'S' })).reveal(), secret);
    const said = `bad password ${secret} for\n\n client`;
    assert.equal(described(said), '401 (text/plain): bad password … for client');
    const long = `${'a'.repeat(450)} ${secret}`;
    assert.equal(described(long), '401 (text/plain): … …');
  });

  it('is short', () => {
    assert.equal(described('no '.repeat(100_000)).length, '401 (text/plain): '.length + 121);
  });
});

describe('Retry-After', () => {
  const cases: readonly { readonly value: string; readonly waitMs: number | undefined }[] = [
    { value: '17', waitMs: 17_000 },
    { value: '0', waitMs: 1000 },
    { value: '99999999999999999999', waitMs: 86_400_000 },
    { value: 'Fri, 20 Nov 2026 00:01:30 GMT', waitMs: 90_000 },
    { value: 'Friday, 20-Nov-26 00:01:30 GMT', waitMs: 90_000 },
    { value: 'Thu, 19 Nov 2026 00:00:00 GMT', waitMs: 1000 },
    { value: 'Sat, 20 Nov 2027 00:00:00 GMT', waitMs: 86_400_000 },
    { value: '49.5', waitMs: undefined },
    { value: '-5', waitMs: undefined },
    { value: '2026-11-20', waitMs: undefined },
    { value: 'soon', waitMs: undefined },
    { value: '', waitMs: undefined },
  ];
  for (const { value, waitMs } of cases) {
    it(`of ${JSON.stringify(value)} asks for ${waitMs ?? 'no certain number of'} ms`, () => {
      const headers = new Headers({ 'retry-after': value });
      assert.equal(retryAfterMs({ status: 429, headers, body: Buffer.alloc(0) }, nowMs), waitMs);
    });
  }
});

function described(body: string): string {
  const headers = new Headers({ 'content-type': 'text/plain' });
  return describeAnswer({ status: 401, headers, body: Buffer.from(body) });
}
