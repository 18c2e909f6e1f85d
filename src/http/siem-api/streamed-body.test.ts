import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { streamedBody } from './streamed-body.ts';

const chunk = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe('streamedBody', () => {
  it('hands over one chunk when it is asked for, and says how much that was', async () => {
    const made: string[] = [];
    async function* chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      for (const text of ['one', 'two', 'three']) {
        made.push(text);
        yield await Promise.resolve(chunk(text));
      }
    }
    const { body, ended } = streamedBody(chunks());
    const reader = body.getReader();
    await Promise.resolve();
    assert.deepEqual(made, []);
    assert.deepEqual((await reader.read()).value, chunk('one'));
    assert.deepEqual(made, ['one']);
    assert.deepEqual((await reader.read()).value, chunk('two'));
    assert.deepEqual((await reader.read()).value, chunk('three'));
    assert.equal((await reader.read()).done, true);
    assert.deepEqual(await ended, { outcome: 'whole', bytes: 11 });
  });

  it('ends quietly when the client leaves while a chunk is being made', async () => {
    const gate = Promise.withResolvers<void>();
    let isClosed = false;
    async function* chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      try {
        yield chunk('one');
        await gate.promise;
        yield chunk('two');
      } finally {
        isClosed = true;
      }
    }
    const { body, ended } = streamedBody(chunks());
    const reader = body.getReader();
    await reader.read();
    const pending = reader.read();
    const cancelled = reader.cancel();
    gate.resolve();
    await Promise.all([pending, cancelled]);
    assert.deepEqual(await ended, { outcome: 'left', bytes: 3 });
    assert.equal(isClosed, true);
  });

  it('ends when nobody ever reads it', async () => {
    const { body, ended } = streamedBody(new Blob(['one']).stream());
    await body.cancel();
    assert.deepEqual(await ended, { outcome: 'left', bytes: 0 });
  });

  it('breaks the body off with what failed', async () => {
    const failure = new Error('the disk is gone');
    async function* chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
      yield await Promise.resolve(chunk('one'));
      throw failure;
    }
    const { body, ended } = streamedBody(chunks());
    await assert.rejects(new Response(body).text(), failure);
    assert.deepEqual(await ended, { outcome: 'failed', bytes: 3, error: failure });
  });
});
