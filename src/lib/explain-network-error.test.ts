import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { describe, it } from 'node:test';
import { explainNetworkError } from './explain-network-error.ts';

describe('explainNetworkError', () => {
  it('says in words what the system says in a code, and names the place', () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND siem'), { code: 'ENOTFOUND' });
    assert.deepEqual(explainNetworkError(error, 'siem:6514'), {
      text: 'siem:6514: this host name is not known to DNS; check its spelling (ENOTFOUND)',
      needsOperator: false,
      code: 'ENOTFOUND',
    });
  });

  it('looks for the code in causes and in the attempts of several addresses', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const attempts = new AggregateError([refused]);
    const error = new TypeError('fetch failed', { cause: attempts });
    assert.match(explainNetworkError(error, 'a:1').text, /nothing listens on this port/);
  });

  it('tells what waiting cannot help', () => {
    const error = Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' });
    assert.equal(explainNetworkError(error, 'a:1').needsOperator, true);
  });

  it('gives the words of an error that it does not know', () => {
    const { text, needsOperator } = explainNetworkError(new Error('odd\n thing'), 'a:1');
    assert.deepEqual([text, needsOperator], ['a:1: odd thing', false]);
    assert.equal(explainNetworkError('a text', 'a:1').text, 'a:1: a text');
  });

  it('knows what a connection without TLS looks like to TLS', async () => {
    const server = createServer((socket) => void socket.end('220 no TLS here\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const error = await new Promise<Error>((resolve) =>
      connect({ host: '127.0.0.1', port }).once('error', resolve),
    );
    assert.match(explainNetworkError(error, 'a:1').text, /does not speak TLS on this port/);
    server.close();
  });
});
