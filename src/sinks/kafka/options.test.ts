import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kafkaSinkOptions } from './options.ts';

const base = { type: 'kafka', brokers: 'kafka.example.com:9092', topic: 'security' };
const sasl = { mechanism: 'plain', username: 'tailrace', password: { env: 'PASSWORD' } };

function problems(options: object): readonly string[] {
  const { error } = kafkaSinkOptions.safeParse({ ...base, ...options });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('kafka options', () => {
  it('take a broker or several, and names of tenant and feed in the topic', () => {
    for (const options of [
      {},
      { brokers: ['192.0.2.1:9092', '[2001:db8::7]:9093'] },
      { topic: 'siem.{tenant}_{feed}-1' },
      { sasl, tls: {} },
      { sasl, allowInsecure: true },
    ]) {
      assert.deepEqual(problems(options), []);
    }
    assert.deepEqual(kafkaSinkOptions.parse(base).brokers, ['kafka.example.com:9092']);
  });

  it('refuse what Kafka would', () => {
    assert.match(problems({ brokers: 'kafka.example.com' })[0] ?? '', /a host and a port/);
    assert.match(problems({ brokers: 'kafka.example.com:99999' })[0] ?? '', /up to 65535/);
    assert.match(problems({ topic: 'a b' })[0] ?? '', /^topic: letters/);
    assert.match(problems({ topic: 'a-{stream}' })[0] ?? '', /^topic: letters/);
    assert.match(problems({ compression: 'brotli' })[0] ?? '', /^compression/);
  });

  it('refuse to send a password in clear, unless that is wanted', () => {
    assert.match(problems({ sasl })[0] ?? '', /^sasl: sends a password/);
  });
});
