/**
 * The statements that run for every append, read and delivery. Each names `stream`, the distribution
 * column, by a value of its own: on Citus it is routed to one shard. A test holds that. What a conflict
 * sets must be an immutable function there, so a time comes from what would have been inserted.
 */
export function hotStatements(schema: string) {
  return {
    ...headStatements(schema),
    ...answerStatements(schema),
    ...seenStatements(schema),
    ...segmentStatements(schema),
    ...progressStatements(schema),
  };
}

/** Heads, and what was committed to them by whom. */
function headStatements(schema: string) {
  const stream = `${schema}.stream`;
  return {
    /** One stream's head, locked until the transaction ends. */
    lockStream: /* sql */ `
      select ${streamColumns} from ${stream} where stream = $1 for update`,
    createStream: /* sql */ `
      insert into ${stream} values ($1, $2, 0, 1, 0, 0) on conflict (stream) do nothing`,
    saveStream: /* sql */ `
      update ${stream} set head_position = $2, first_retained_position = $3, stored_bytes = $4,
        loose_segments = $5 where stream = $1`,
    findStream: /* sql */ `select ${streamColumns} from ${stream} where stream = $1`,
    describeStream: /* sql */ `${describeStreams(schema, '$1')} where s.stream = $1`,

    committed: /* sql */ `
      select number from ${schema}.append_commit where stream = $1 and writer = $2`,
    saveCommit: /* sql */ `
      insert into ${schema}.append_commit values ($1, $2, $3, $4)
      on conflict (stream, writer) do update set number = $3, committed_ms = $4`,
    fence: /* sql */ `
      select fence from ${schema}.lease where stream = $1 and name = $2 for share`,
    fenceAlone: /* sql */ `
      select fence from ${schema}.lease where stream = $1 and name = $2 for update`,
  } as const;
}

/** Idempotency keys. */
function answerStatements(schema: string) {
  return {
    answers: /* sql */ `
      select key, digest, first_position as "firstPosition", last_position as "lastPosition", duplicates
      from ${schema}.idempotency
      where stream = $1 and epoch = $2 and key = any($3) and expires_at_ms > $4`,
    saveAnswer: /* sql */ `
      insert into ${schema}.idempotency values ($1, $2, $3, $4, $5, $6, $7, $8)
      on conflict (stream, key) do update set epoch = $3, digest = $4, first_position = $5,
        last_position = $6, duplicates = $7, expires_at_ms = $8`,
  } as const;
}

/** Seen keys. */
function seenStatements(schema: string) {
  return {
    seenRuns: /* sql */ `
      select run, level, key_count as "keyCount", horizon_ms as "horizonMs", newest_ms as "newestMs"
      from ${schema}.seen_run where stream = $1 and epoch = $2 order by run`,
    seenFilters: /* sql */ `
      select run, level, key_count as "keyCount", horizon_ms as "horizonMs", newest_ms as "newestMs",
        filter, checksum
      from ${schema}.seen_run where stream = $1 and epoch = $2 and run = any($3) order by run`,
    insertSeenRun: /* sql */ `
      insert into ${schema}.seen_run values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    deleteSeenRun: /* sql */ `
      delete from ${schema}.seen_run where stream = $1 and epoch = $2 and run = $3`,
    seenBuckets: /* sql */ `
      select run, bucket, entries, checksum from ${schema}.seen_bucket
      where stream = $1 and epoch = $2
        and (run, bucket) in (select * from unnest($3::bigint[], $4::integer[]))`,
    seenBucketsOfRun: /* sql */ `
      select run, bucket, entries, checksum from ${schema}.seen_bucket
      where stream = $1 and epoch = $2 and run = $3 order by bucket`,
    insertSeenBuckets: (count: number) => /* sql */ `
      insert into ${schema}.seen_bucket (stream, epoch, run, bucket, entries, checksum)
      values ${valuesOf(count, 3, 3)}`,
    deleteSeenBuckets: /* sql */ `
      delete from ${schema}.seen_bucket where stream = $1 and epoch = $2 and run = $3`,
  } as const;
}

/** Segments. */
function segmentStatements(schema: string) {
  const segment = `${schema}.segment`;
  return {
    insertSegments: (count: number) => /* sql */ `
      insert into ${segment} (stream, epoch, ${segmentValues.join(', ')})
      values ${valuesOf(count, 2, segmentValues.length)}`,
    /** Segments from the one that holds a position on, up to so many bytes of NDJSON. */
    segmentsFrom: /* sql */ `
      select ${segmentColumns}, block from (
        select *, sum(ndjson_bytes) over (order by first_position) - ndjson_bytes as bytes_before
        from (
          select * from ${segment}
          where stream = $1 and epoch = $2 and first_position <= $4
            and first_position >= coalesce((
              select first_position from ${segment}
              where stream = $1 and epoch = $2 and first_position <= $3
              order by first_position desc limit 1), $3)
          order by first_position limit ${segmentsPerRead}) as few) as summed
      where bytes_before < $5 order by first_position`,
    segmentAt: /* sql */ `
      select ${segmentColumns}, block from ${segment}
      where stream = $1 and epoch = $2 and first_position <= $3
      order by first_position desc limit 1`,
    segmentsAt: /* sql */ `
      select ${segmentColumns}, block from ${segment}
      where stream = $1 and epoch = $2 and first_position = any($3) order by first_position`,
    segmentRows: /* sql */ `
      select ${segmentColumns} from ${segment}
      where stream = $1 and epoch = $2 and first_position > $3 order by first_position limit $4`,
    segmentsInWindow: /* sql */ `
      select first_position as "firstPosition" from ${segment}
      where stream = $1 and epoch = $2 and max_time_ms >= $3 and min_time_ms < $4
      order by first_position`,
    segmentBefore: /* sql */ `
      select ${segmentColumns}, block from ${segment}
      where stream = $1 and epoch = $2 and first_position < $3 and max_time_ms >= $4
        and min_time_ms < $5
      order by first_position desc limit 1`,
    deleteSegments: /* sql */ `
      delete from ${segment} where stream = $1 and epoch = $2 and first_position = any($3)`,
  } as const;
}

/** Where sources and sinks go on. */
function progressStatements(schema: string) {
  return {
    saveCheckpoint: /* sql */ `
      insert into ${schema}.checkpoint values ($1, $2, $3, clock_timestamp())
      on conflict (stream, source) do update set value = $3, saved_at = excluded.saved_at`,
    delivery: /* sql */ `
      select position, intent from ${schema}.delivery where stream = $1 and sink = $2`,
    saveDelivery: /* sql */ `
      insert into ${schema}.delivery values ($1, $2, $3, $4)
      on conflict (stream, sink) do update set position = $3, intent = $4`,
  } as const;
}

/** Segments looked at in one read; their blocks are fetched only as far as the byte limit goes. */
export const segmentsPerRead = 64;

const streamColumns = `stream, epoch, head_position as "headPosition",
  first_retained_position as "firstRetainedPosition", stored_bytes as "storedBytes",
  loose_segments as "looseSegments"`;

const segmentColumns = `first_position as "firstPosition", last_position as "lastPosition",
  min_time_ms as "minTimeMs", max_time_ms as "maxTimeMs", appended_ms as "appendedMs",
  ndjson_bytes as "ndjsonBytes", block_bytes as "blockBytes"`;

/** Of an inserted segment, behind its stream and epoch. */
const segmentValues = [
  'first_position',
  'last_position',
  'min_time_ms',
  'max_time_ms',
  'appended_ms',
  'ndjson_bytes',
  'block_bytes',
  'block',
] as const;

/** Head and time bounds of streams; the caller adds which ones, and names the only one if it is one. */
export function describeStreams(schema: string, only = 's.stream'): string {
  const bound = (column: string, order: string) => /* sql */ `(
        select g.${column} from ${schema}.segment g
        where g.stream = ${only} and g.epoch = s.epoch order by g.first_position ${order} limit 1)`;
  return /* sql */ `
      select s.stream, s.head_position as "headPosition",
        s.first_retained_position as "firstRetainedPosition", s.stored_bytes as "storedBytes",
        ${bound('min_time_ms', 'asc')} as "oldestEventMs",
        ${bound('max_time_ms', 'desc')} as "newestEventMs"
      from ${schema}.stream s`;
}

/** Rows of placeholders that share their first `shared` values and have `own` of their own. */
function valuesOf(count: number, shared: number, own: number): string {
  const common = placeholders(1, shared);
  const rows = Array.from({ length: count }, (_, row) => {
    const first = shared + row * own + 1;
    return `(${[...common, ...placeholders(first, own)].join(', ')})`;
  });
  return rows.join(', ');
}

function placeholders(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `$${first + index}`);
}

export type HotStatements = ReturnType<typeof hotStatements>;
