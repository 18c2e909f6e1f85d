/**
 * The tables, and what becomes of them on Citus. Every primary key begins with `stream`, the
 * distribution column, and no statement, key or trigger ties rows of different streams together: so
 * every hot statement runs on the one shard that holds its stream. Times are epoch milliseconds,
 * positions and numbers stay below 2^53.
 */

import { oneConnectionEach } from '../../postgres/citus.ts';

/** Raised with every migration. */
export const schemaVersion = 1;

/** The oldest version of this program that may work beside the newest tables. */
export const compatibleVersion = 1;

/** What turns version n - 1 into n. Never changed, only added to; old nodes may still be running. */
export function migrations(schema: string): readonly string[] {
  return [eventTables(schema) + memoryTables(schema) + workTables(schema)];
}

/** Tables by how Citus holds them. All others hold nothing that is hot. */
export const distributedTables = [
  'stream',
  'segment',
  'append_commit',
  'idempotency',
  'seen_run',
  'seen_bucket',
  'checkpoint',
  'delivery',
  'quarantine',
  'lease',
  'dropped_stream',
  'taken_over',
] as const;
export const referenceTables = ['node'] as const;

/** Run once, in the transaction that makes the tables, where the extension is present. */
export function citusDistribution(schema: string): readonly string[] {
  const [first, ...others] = distributedTables;
  return [
    oneConnectionEach,
    `select create_distributed_table('${schema}.${first}', 'stream')`,
    ...others.map(
      (table) =>
        `select create_distributed_table('${schema}.${table}', 'stream', colocate_with => '${schema}.${first}')`,
    ),
    ...referenceTables.map((table) => `select create_reference_table('${schema}.${table}')`),
  ];
}

/** What was appended. */
function eventTables(schema: string): string {
  return /* sql */ `
  -- The head. Its row lock is what appends to one stream queue at, whichever node they come from.
  -- epoch: drawn anew when a deleted stream comes back; segments name it in their checksum.
  -- loose_segments: added since the stream was compacted.
  create table ${schema}.stream (
    stream text collate "C" primary key,
    epoch bigint not null,
    head_position bigint not null,
    first_retained_position bigint not null,
    stored_bytes bigint not null,
    loose_segments integer not null
  ) with (fillfactor = 50); -- room for new versions of a row beside the old: no index entry is written

  create table ${schema}.segment (
    stream text collate "C" not null,
    epoch bigint not null,
    first_position bigint not null,
    last_position bigint not null,
    min_time_ms bigint not null,
    max_time_ms bigint not null,
    appended_ms bigint not null, -- of the newest event in it
    ndjson_bytes integer not null,
    block_bytes integer not null,
    block bytea not null, -- src/store/segment.ts
    primary key (stream, epoch, first_position)
  );
  alter table ${schema}.segment alter column block set storage external; -- it is compressed already
  create index segment_by_time on ${schema}.segment (stream, epoch, max_time_ms, min_time_ms);

  -- The newest commit of every process that appended: answers whether one was committed whose
  -- answer got lost.
  create table ${schema}.append_commit (
    stream text collate "C" not null,
    writer text not null,
    number bigint not null,
    committed_ms bigint not null,
    primary key (stream, writer)
  ) with (fillfactor = 50);
`;
}

/** What streams remember of keys and ids. */
function memoryTables(schema: string): string {
  return /* sql */ `
  create table ${schema}.idempotency (
    stream text collate "C" not null,
    key text not null,
    epoch bigint not null,
    digest text not null,
    first_position bigint not null,
    last_position bigint not null,
    duplicates bigint not null,
    expires_at_ms bigint not null,
    primary key (stream, key)
  );
  create index idempotency_by_expiry on ${schema}.idempotency (expires_at_ms);

  create table ${schema}.seen_run (
    stream text collate "C" not null,
    epoch bigint not null,
    run bigint not null,
    level integer not null,
    key_count integer not null,
    horizon_ms bigint not null,
    newest_ms bigint not null,
    filter bytea not null,
    checksum bigint not null,
    primary key (stream, epoch, run)
  );
  alter table ${schema}.seen_run alter column filter set storage external;

  create table ${schema}.seen_bucket (
    stream text collate "C" not null,
    epoch bigint not null,
    run bigint not null,
    bucket integer not null,
    entries bytea not null,
    checksum bigint not null,
    primary key (stream, epoch, run, bucket)
  );
  alter table ${schema}.seen_bucket alter column entries set storage external;
`;
}

/** Where sources, sinks and nodes are. */
function workTables(schema: string): string {
  return /* sql */ `
  -- stream: that it was last saved with; '' when it was saved without one.
  create table ${schema}.checkpoint (
    stream text collate "C" not null,
    source text not null,
    value text not null,
    saved_at timestamptz not null,
    primary key (stream, source)
  ) with (fillfactor = 50);
  create index checkpoint_by_source on ${schema}.checkpoint (source);

  create table ${schema}.delivery (
    stream text collate "C" not null,
    sink text collate "C" not null,
    position bigint not null,
    intent text,
    primary key (stream, sink)
  ) with (fillfactor = 50);

  create table ${schema}.quarantine (
    stream text collate "C" not null,
    sink text collate "C" not null,
    position bigint not null,
    bytes integer not null,
    id text not null,
    occurred_at_ms bigint not null,
    type text not null,
    severity integer not null,
    line text not null,
    reason text not null,
    refused_at_ms bigint not null,
    primary key (stream, sink, position)
  );
  create index quarantine_by_sink on ${schema}.quarantine (sink, stream, position);

  -- Work that one node at a time does. fence grows with every new holder; home is where it must stay.
  create table ${schema}.lease (
    stream text collate "C" not null,
    name text collate "C" not null,
    node text,
    fence bigint not null,
    home text,
    primary key (stream, name)
  ) with (fillfactor = 50);

  -- Epochs whose rows are to be removed.
  create table ${schema}.dropped_stream (
    stream text collate "C" not null,
    epoch bigint not null,
    primary key (stream, epoch)
  );

  -- Streams that were moved here from an embedded store, and '' for what concerns none of them.
  create table ${schema}.taken_over (
    stream text collate "C" not null,
    origin text not null,
    is_done boolean not null,
    primary key (stream, origin)
  );

  create table ${schema}.node (
    node text primary key,
    home text not null,
    works text[] not null, -- names of leases that it could hold
    beat_at timestamptz not null,
    status text not null -- JSON, for people
  ) with (fillfactor = 50);
`;
}
