import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Headers } from 'undici';
import { secretReader } from '../config/secret-reader.ts';
import { describeAnswer } from './answers.ts';

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

function described(body: string): string {
  const headers = new Headers({ 'content-type': 'text/plain' });
  return describeAnswer({ status: 401, headers, body: Buffer.from(body) });
}
