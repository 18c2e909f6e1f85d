import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { clientOf } from './client.ts';
import { Networks, addressGroup } from './networks.ts';

const trusted = new Networks(['192.0.2.0/24', '2001:db8::/32']);

function client(peer: string, headers: Readonly<Record<string, string>>) {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  return clientOf(new IncomingMessage(socket), (name) => headers[name], trusted);
}

function told(hops: string): string {
  return client('192.0.2.7', { 'x-forwarded-for': hops }).address;
}

describe('the client of a request', () => {
  it('is the peer, whatever a peer that is not trusted says', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
    assert.deepEqual(client('198.51.100.1', headers), { address: '198.51.100.1', isSecure: false });
  });

  it('is the right-most hop that is not a trusted proxy', () => {
    const headers = {
      'x-forwarded-for': '127.0.0.1, 203.0.113.9, 192.0.2.8',
      'x-forwarded-proto': 'http, https',
    };
    assert.deepEqual(client('192.0.2.7', headers), { address: '203.0.113.9', isSecure: true });
    assert.equal(client('2001:db8::1', headers).address, '203.0.113.9');
    assert.equal(client('::ffff:192.0.2.7', headers).address, '203.0.113.9');
  });

  it('is told with its port and in brackets as well', () => {
    assert.equal(told('203.0.113.9:4711'), '203.0.113.9');
    assert.equal(told('[3fff::9]:4711'), '3fff::9');
    assert.equal(told('[3fff::9]'), '3fff::9');
    assert.equal(told('3fff::9, [2001:db8::9]:4711'), '3fff::9');
    assert.equal(told('[::ffff:203.0.113.9]:4711'), '203.0.113.9');
  });

  it('is nobody in particular, and never the proxy, where a proxy names no address', () => {
    const everywhere = new Networks(['0.0.0.0/0', '::/0']);
    for (const hops of ['unknown', '203.0.113.9, ?, 192.0.2.8', '_hidden', '203.0.113.999']) {
      assert.deepEqual([told(hops), everywhere.has(told(hops))], ['unknown', false], hops);
    }
  });

  it('is the proxy itself when that names nobody', () => {
    assert.equal(client('192.0.2.7', {}).address, '192.0.2.7');
    assert.equal(client('192.0.2.7', { 'x-forwarded-for': ' , ' }).address, '192.0.2.7');
  });
});

describe('addressGroup', () => {
  it('leaves IPv4 alone and cuts IPv6 to its /64', () => {
    assert.equal(addressGroup('192.0.2.7'), '192.0.2.7');
    assert.equal(addressGroup('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(addressGroup('2001:db8::6'), '2001:db8:0:0::/64');
    assert.equal(addressGroup('::1'), '0:0:0:0::/64');
  });
});
