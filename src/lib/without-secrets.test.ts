import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import * as knownSecrets from './known-secrets.ts';
import { placeWithoutSecrets, withoutKnownSecrets, withoutSecrets } from './without-secrets.ts';

describe('text without what might be a credential', () => {
  it('has no long run, and no shorter one with a digit in it', () => {
    const credentials = [
      'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHA==',
      'abcdefghijklmnopqrstuvwx',
      'whk-7d1f0c93e5b84a26',
      '6f1c7a52-9d3e-4f58-8b21-0c4e5d6f7a8b',
    ];
    for (const credential of credentials) {
      assert.equal(withoutSecrets(`who is "${credential}"?`), 'who is "…"?');
    }
  });

  it('has no secret that was given out, in whatever form it comes back', () => {
    const secret = `pA$$w "0rd"!&<#Xy*9é`;
    const said = () => [
      secret,
      encodeURIComponent(secret),
      encodeURIComponent(secret).replaceAll(/%../g, (escape) => escape.toLowerCase()),
      new URLSearchParams({ secret }).toString().slice('secret='.length),
      JSON.stringify({ secret }).slice('{"secret":"'.length, -2),
      secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
    ];
    for (const form of said()) assert.ok(withoutSecrets(form).length > 1, form);
    knownSecrets.rememberSecret(secret);
    for (const form of said()) {
      assert.equal(withoutSecrets(`'${form}' twice: ${form}`), "'…' twice: …", form);
    }
  });

  it('has no secret within the Base64 of a user name and a password', () => {
    knownSecrets.rememberSecret('Tr>?~x');
    for (const user of ['a', 'ab', 'abc']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const whole = Buffer.from(`${user}:Tr>?~x`).toString(encoding);
        const shown = withoutSecrets(whole).replaceAll('…', '\u0000');
        assert.ok(shown.includes('\u0000'), whole);
        const left = shown.split('\u0000').map((part) => Buffer.from(part, encoding).toString());
        assert.doesNotMatch(left.join(' '), /[>?~x]/, whole);
      }
    }
  });

  it('leaves nothing of what a secret is a part of, or overlaps with', () => {
    for (const secret of ['123456', 'over#lap', 'lap$ping']) knownSecrets.rememberSecret(secret);
    assert.equal(withoutSecrets('token abcdefgh123456abcdefgh'), 'token …');
    assert.equal(withoutSecrets('over#lap$ping'), '…');
  });

  it('does not take short words for secrets', () => {
    knownSecrets.rememberSecret('token');
    assert.equal(withoutSecrets('bad token'), 'bad token');
  });

  it('has no token that is in use, and forgets the one before the last that nobody has', () => {
    const [ours, theirs] = [{}, {}];
    for (const token of ['first#', 'shared#', 'third#', 'third#']) {
      knownSecrets.rememberToken(token, ours);
    }
    knownSecrets.rememberToken('shared#', theirs);
    knownSecrets.rememberSecret('fourth#');
    for (const token of ['fourth#', 'fifth#', 'sixth#']) knownSecrets.rememberToken(token, ours);
    const said = 'first# shared# third# fourth# fifth# sixth#';
    assert.equal(withoutKnownSecrets(said), 'first# … third# … … …');
  });

  it('does not give out what it remembers', () => {
    knownSecrets.rememberSecret('never#printed');
    assert.doesNotMatch(inspect(knownSecrets, { depth: 9, showHidden: true }), /never#/);
    assert.doesNotMatch(JSON.stringify(knownSecrets), /never#/);
  });

  it('still says what happened', () => {
    const text = 'security_exception: no permission for 192.168.100.100 on index logs-2026.11.22';
    assert.equal(withoutSecrets(text), text);
  });

  it('takes no time for endless runs', () => {
    const start = process.cpuUsage();
    assert.equal(withoutSecrets('a'.repeat(1_000_000)), '…');
    assert.equal(withoutSecrets('abc '.repeat(250_000)).length, 1_000_000);
    const { user, system } = process.cpuUsage(start);
    assert.ok(user + system < 1_000_000, `${user + system} µs`);
  });

  it('hardly takes longer with a thousand secrets', () => {
    for (let index = 0; index < 1000; index += 1) {
      knownSecrets.rememberSecret(`${index}`.padStart(400, 'token#'));
    }
    const start = process.cpuUsage();
    const reason = 'failed to parse field [size] of type [long] in document with id '.repeat(12);
    for (let index = 0; index < 10_000; index += 1) withoutKnownSecrets(`${reason}'${index}'`);
    const { user, system } = process.cpuUsage(start);
    assert.ok(user + system < 2_000_000, `${user + system} µs`);
  });
});

it('an address without what might be a credential still says where', () => {
  const url = new URL('https://hooks.example.com/services/T01/Qk3vYz9TtR8wLmN2pXs7UaBc?token=a');
  assert.equal(placeWithoutSecrets(url), 'https://hooks.example.com/services/T01/…');
});
