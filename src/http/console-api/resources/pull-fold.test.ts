import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NumberedAuditEntry } from '../../../directory/directory.ts';
import { PullFold } from './pull-fold.ts';

let id = 1_000;
function entry(change: Partial<NumberedAuditEntry> = {}): NumberedAuditEntry {
  id -= 1;
  return {
    id,
    atMs: id,
    tenant: 'acme',
    actor: { name: 'siem', address: '192.0.2.1' },
    action: 'pulled events',
    detail: `events-api/v1: status 200, ${id} events`,
    outcome: 'success',
    kind: 'pulls',
    ...change,
  };
}

function counts(fold: PullFold): readonly (number | undefined)[] {
  return fold.rows.map(({ pulls }) => pulls?.count);
}

describe('folding pulls', () => {
  it('tells who, what, from where and with what result apart', () => {
    const fold = new PullFold(100);
    const changes: readonly Partial<NumberedAuditEntry>[] = [
      {},
      { actor: { name: 'other', address: '192.0.2.1' } },
      { actor: { name: 'siem', address: '192.0.2.2' } },
      { outcome: 'failure' },
      { tenant: 'globex' },
      { detail: 'siem-api: status 200, 1 events' },
    ];
    for (const change of [...changes, ...changes]) assert.ok(fold.take(entry(change)));
    assert.deepEqual(counts(fold), [2, 2, 2, 2, 2, 2]);
  });

  it('keeps the newest, and since when', () => {
    const fold = new PullFold(100);
    const [newest, , oldest] = [entry(), entry(), entry()];
    for (const pull of [newest, entry({ atMs: 5 }), oldest]) fold.take(pull);
    assert.equal(fold.rows[0]?.entry, newest);
    assert.deepEqual(fold.rows[0]?.pulls, { count: 3, firstMs: oldest.atMs });
  });

  it('begins anew behind whatever is no pull', () => {
    const fold = new PullFold(100);
    const change = entry({ kind: 'changes' });
    for (const one of [entry(), entry(), change, entry()]) fold.take(one);
    assert.deepEqual(counts(fold), [2, undefined, 1]);
  });

  it('takes what needs no new row when it is full, and nothing else', () => {
    const fold = new PullFold(1);
    assert.ok(fold.take(entry()));
    assert.ok(fold.take(entry()));
    assert.ok(!fold.take(entry({ kind: 'sign-ins' })));
    assert.deepEqual(counts(fold), [2]);
  });
});
