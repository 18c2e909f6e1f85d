import assert from 'node:assert/strict';
import { it } from 'node:test';
import { distributedTables, migrations, referenceTables } from './schema.ts';
import { hotStatements } from './statements.ts';

/** SQL as one line without what is said about it. */
function plain(sql: string): string {
  return sql.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, ' ').trim();
}

const hot = Object.entries(hotStatements('s')).map(
  ([name, sql]) => [name, plain(typeof sql === 'string' ? sql : sql(3))] as const,
);
const tables = [
  ...plain(migrations('s').join(';')).matchAll(
    /create table s\.(\w+) \((.*?)\)(?: with \(.*?\))?;/g,
  ),
];

for (const [name, sql] of hot) {
  it(`${name} is routed to the shard of one stream`, () => {
    // Every table that it names is held to one stream, by a condition or as an inserted value.
    const named = [...sql.matchAll(/(?:from|update|into) s\.\w+/g)].length;
    const byCondition = [...sql.matchAll(/where (?:\w\.)?stream = \$1/g)].length;
    const inserted = /^insert into s\.\w+ (?:\(stream,.*?\) )?values \(\$1/.test(sql) ? 1 : 0;
    assert.ok(named > 0, sql);
    assert.equal(byCondition + inserted, named, sql);
  });
}

it('has a primary key that begins with the distribution column in every distributed table', () => {
  const found = new Map(tables.map(([, name = '', columns = '']) => [name, columns]));
  assert.deepEqual(
    [...found.keys()].toSorted(),
    [...distributedTables, ...referenceTables].toSorted(),
  );
  for (const table of distributedTables) {
    const columns = found.get(table) ?? '';
    assert.match(columns, /primary key \(stream[,)]|stream text collate "C" primary key/, table);
  }
});

it('ties no rows of different streams together', () => {
  assert.doesNotMatch(
    plain(migrations('s').join(';')),
    /references|create trigger|serial|identity/,
  );
});
