/**
 * The tables. `user_version` is the version of this schema; a change of it needs a migration from
 * the one before. Times are epoch milliseconds.
 */
export const schemaVersion = 2;

/** `TLRC`: tells this program's files from other SQLite databases. */
export const applicationId = 0x544c5243;

/** Events that receivers refused for good. */
const quarantine = /* sql */ `
  create table quarantine (
    sink text not null,
    stream text not null,
    position integer not null,
    bytes integer not null, -- of the line; far in front of it, so that summing reads no lines
    id text not null,
    occurred_at_ms integer not null,
    type text not null,
    severity integer not null,
    line text not null,
    reason text not null,
    refused_at_ms integer not null,
    checksum integer not null,
    primary key (sink, stream, position)
  ) strict;
`;

/** What makes a file of the version before into one of this version. */
export const migrations: Readonly<Record<number, string>> = { 1: quarantine };

export const schema = /* sql */ `
  -- head_position is read under the write lock by every append: positions have no holes.
  -- A stream that is being deleted has no name. checksum: see row-checksum.ts.
  create table stream (
    id integer primary key autoincrement, -- never reused: segments name it in their checksum
    name text unique,
    head_position integer not null,
    first_retained_position integer not null,
    stored_bytes integer not null,
    checksum integer not null
  ) strict;

  -- Small rows, so that walking them stays cheap whatever the blocks weigh.
  create table segment (
    stream_id integer not null,
    first_position integer not null,
    last_position integer not null,
    min_time_ms integer not null,
    max_time_ms integer not null,
    appended_ms integer not null, -- of the newest event in it
    ndjson_bytes integer not null,
    block_bytes integer not null,
    block_id integer not null,
    primary key (stream_id, first_position)
  ) strict, without rowid;
  create index segment_by_time on segment (stream_id, max_time_ms, min_time_ms);

  create table block (
    id integer primary key,
    bytes blob not null -- src/store/segment.ts
  ) strict;

  create table idempotency (
    stream_id integer not null,
    key text not null,
    digest text not null,
    first_position integer not null,
    last_position integer not null,
    duplicates integer not null,
    expires_at_ms integer not null,
    primary key (stream_id, key)
  ) strict, without rowid;
  create index idempotency_by_expiry on idempotency (expires_at_ms);

  -- Ids a stream has seen, in runs: see seen-keys.ts.
  create table seen_run (
    id integer primary key autoincrement,
    stream_id integer not null,
    level integer not null,
    key_count integer not null,
    horizon_ms integer not null,
    newest_ms integer not null,
    filter blob not null,
    checksum integer not null
  ) strict;
  create index seen_run_by_stream on seen_run (stream_id);
  create table seen_bucket (
    id integer primary key, -- run * 65536 + bucket
    entries blob not null,
    checksum integer not null
  ) strict;

  create table checkpoint (
    source text primary key,
    value text not null,
    stream text, -- that it was last committed with
    checksum integer not null
  ) strict, without rowid;

  create table delivery (
    sink text not null,
    stream text not null,
    position integer not null,
    intent text,
    checksum integer not null,
    primary key (sink, stream)
  ) strict, without rowid;

  ${quarantine}
  pragma application_id = ${applicationId};
  pragma user_version = ${schemaVersion};
`;
