import assert from 'node:assert/strict';
import { it } from 'node:test';
import { appTrana } from '../../feeds/apptrana.ts';
import { parseExactly } from '../exact-json.ts';
import { readAttacks } from './events.ts';

const nowMs = Date.UTC(2026, 10, 21);

it('keeps an attack in part that goes deeper than any stack, and the others whole', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const found = [`{"requestId":"a","x":${deep}}`, '{"requestId":"b"}'].map((text) => ({
    websiteName: 'www.example.com',
    attack: parseExactly(text),
  }));
  const [first, again] = [1, 2].map(() => readAttacks(appTrana, found, nowMs));
  assert.deepEqual(first, again);
  assert.deepEqual([first?.events.length, first?.unreadable], [2, 2]); // 'b' has no time
  assert.match(first?.firstReason ?? '', /at most 4 levels deep/);
  assert.match(first?.events[0]?.json ?? '', /\[+.{1,3}…/);
});
