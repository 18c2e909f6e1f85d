import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { RelpResponses } from './relp-responses.ts';

function open() {
  const socket = new Socket();
  const errors: string[] = [];
  socket.on('error', (error) => errors.push(error.message));
  const gone = new AbortController();
  const responses = new RelpResponses(socket, gone.signal);
  const receive = (text: string) => socket.emit('data', Buffer.from(text));
  return { responses, receive, socket, errors };
}

describe("a RELP receiver's answers", () => {
  it('are found by their transaction, in whatever pieces they come', async () => {
    const { responses, receive } = open();
    const first = responses.to(1);
    for (const piece of ['1 rs', 'p 6 200', ' OK\n2 rsp 9 500 error', '\n']) receive(piece);
    assert.equal(await first, '200 OK');
    assert.equal(await responses.to(2), '500 error');
  });

  it('are kept in part only when they are long, whether they are waited for or not', async () => {
    const { responses, receive } = open();
    const first = responses.to(1);
    const long = 'x'.repeat(100_000);
    for (const transaction of [1, 2]) receive(`${transaction} rsp ${long.length} ${long}\n`);
    assert.equal((await first).length, 500);
    assert.equal((await responses.to(2)).length, 500);
  });

  for (const [what, text] of Object.entries({
    'no frames': 'HTTP/1.1 400 Bad Request\r\n',
    'an answer that is too long': '1 rsp 131073 x',
    'a head that does not end': '1'.repeat(70),
  })) {
    it(`end the connection when they are ${what}`, async () => {
      const { receive, socket, errors } = open();
      receive(text);
      await new Promise(setImmediate);
      assert.ok(socket.destroyed);
      assert.match(errors.join(), /^the receiver sent /);
    });
  }
});
