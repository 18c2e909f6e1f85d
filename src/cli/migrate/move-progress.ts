import { QuarantineRows } from '../../store/postgres/quarantine-rows.ts';
import type { Move } from './move-stream.ts';
import type { StreamName } from '../../core/stream.ts';

/** Where sources and sinks go on, and quarantines: once, as nodes may have gone on since. */
export async function moveProgress({ source, database, sql, origin }: Move): Promise<void> {
  const table = `${database.schema}.taken_over`;
  await database.transaction(async (transaction) => {
    const begun = await transaction.query(
      `insert into ${table} values ('', $1, true) on conflict (stream, origin) do nothing returning 1`,
      [origin],
    );
    if (begun.length === 0) return;
    for (const { source: name, stream, value } of source.checkpoints()) {
      transaction.send(sql.saveCheckpoint, [stream ?? '', name, value]);
    }
    for (const { sink, stream, position, intent } of source.deliveries()) {
      transaction.send(sql.saveDelivery, [stream, sink, position, intent ?? null]);
    }
    const quarantine = new QuarantineRows(database);
    for (const [key, events] of source.quarantine()) {
      const [sink = '', stream] = key.split(' ');
      if (isStreamName(stream)) await quarantine.add(transaction, sink, stream, events);
    }
  });
}

function isStreamName(name: string | undefined): name is StreamName {
  return name !== undefined && name.includes('/');
}
