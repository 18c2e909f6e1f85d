import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { unlessAborted } from './unless-aborted.ts';

const forever = new Promise<never>(() => {});

describe('unlessAborted', () => {
  it('is what the work is', async () => {
    const { signal } = new AbortController();
    assert.equal(await unlessAborted(Promise.resolve(7), signal), 7);
    await assert.rejects(unlessAborted(Promise.reject(new Error('no')), signal), /no/);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('rejects with the reason as soon as the signal aborts, or has', async () => {
    const controller = new AbortController();
    const waiting = unlessAborted(forever, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    await assert.rejects(unlessAborted(forever, controller.signal), reason);
  });
});
