import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inSync } from '../../feeds/insync.ts';
import { parseExactly } from '../exact-json.ts';
import { unreadableEvent } from './unreadable-event.ts';

it('holds in part what goes deeper than any stack, under an identity that stays', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const element = parseExactly(`{"eventType":"Backup","eventID":12345678901234567890,"x":${deep}}`);
  const [event, again] = [1, 2].map(() => unreadableEvent(inSync, element, 'too deep', 0));
  assert.deepEqual(event, again);
  assert.equal(event?.type, 'Backup');
  assert.match(event?.original ?? '', /^\{"eventType":"Backup",.*"x":\[+"…"\]+\}$/);
});
