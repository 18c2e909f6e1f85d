import type { Selectable } from 'kysely';
import type { Reader, Writer } from './database.ts';
import type { CredentialUse, LastUse } from './directory.ts';
import type { LastUseTable } from './tables.ts';

const hourMs = 3_600_000;
const hoursShown = 24;
const hoursKept = 48;

const keyColumns = ['tenant', 'kind', 'name', 'api', 'feed'] as const;

/** Those of one credential, API and feed count as one row for the newest and one for the hour. */
export async function saveUses(transaction: Writer, uses: readonly CredentialUse[]): Promise<void> {
  for (const use of newestOfEach(uses)) {
    // eslint-disable-next-line no-await-in-loop -- a handful of rows, on one connection
    await saveLastUse(transaction, use);
  }
  for (const [key, events] of eventsByHour(uses)) {
    const row = { ...key, events };
    // eslint-disable-next-line no-await-in-loop -- as above
    await transaction
      .insertInto('use_hour')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns([...keyColumns, 'hour'])
          .doUpdateSet((columns) => ({ events: columns('use_hour.events', '+', events) })),
      )
      .execute();
  }
}

export async function lastUses(
  connection: Reader,
  tenant: string,
  nowMs: number,
): Promise<readonly LastUse[]> {
  const rows = await connection
    .selectFrom('last_use')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('at_ms', 'desc')
    .execute();
  const hours = await connection
    .selectFrom('use_hour')
    .select(keyColumns)
    .select((all) => all.fn.sum('events').as('events'))
    .where('tenant', '=', tenant)
    .where('hour', '>=', hourOf(nowMs) - hoursShown)
    .groupBy(keyColumns)
    .execute();
  const counts = new Map(hours.map((row) => [keyOf(row), Number(row.events)]));
  return rows.map((row) => ({ ...toUse(row), events24h: counts.get(keyOf(row)) ?? 0 }));
}

/** When each tenant's events were last read, by its id. */
export async function lastPulls(connection: Reader): Promise<ReadonlyMap<string, number>> {
  const rows = await connection
    .selectFrom('last_use')
    .select(['tenant', (row) => row.fn.max('at_ms').as('at_ms')])
    .where('feed', '<>', '')
    .where('kind', '<>', 'ingest_key')
    .groupBy('tenant')
    .execute();
  return new Map(rows.map((row) => [row.tenant, row.at_ms]));
}

/** Also the last use of credentials that may be long gone. */
export async function dropOldUses(
  transaction: Writer,
  nowMs: number,
  beforeMs: number,
): Promise<void> {
  const firstHour = hourOf(nowMs) - hoursKept;
  await transaction.deleteFrom('use_hour').where('hour', '<', firstHour).execute();
  await transaction.deleteFrom('last_use').where('at_ms', '<', beforeMs).execute();
}

async function saveLastUse(transaction: Writer, use: CredentialUse): Promise<void> {
  const { address, status, events, position, atMs } = use;
  const newest = { address, status, events, at_ms: atMs };
  await transaction
    .insertInto('last_use')
    .values({ ...keyColumnsOf(use), ...newest, position: position ?? null })
    .onConflict((conflict) =>
      conflict.columns([...keyColumns]).doUpdateSet({
        ...newest,
        // A pull that failed leaves the reader where it was.
        ...(position === undefined ? {} : { position }),
      }),
    )
    .execute();
}

function newestOfEach(uses: readonly CredentialUse[]): readonly CredentialUse[] {
  const newest = new Map<string, CredentialUse>();
  for (const use of uses) {
    const key = keyOf(keyColumnsOf(use));
    const position = use.position ?? newest.get(key)?.position;
    newest.set(key, position === undefined ? use : { ...use, position });
  }
  return [...newest.values()];
}

function eventsByHour(uses: readonly CredentialUse[]) {
  const counts = new Map<string, [ReturnType<typeof hourKey>, number]>();
  for (const use of uses.filter(({ events }) => events > 0)) {
    const key = hourKey(use);
    const text = `${key.hour} ${keyOf(key)}`;
    counts.set(text, [key, (counts.get(text)?.[1] ?? 0) + use.events]);
  }
  return counts.values();
}

function hourKey(use: CredentialUse) {
  return { ...keyColumnsOf(use), hour: hourOf(use.atMs) };
}

function keyColumnsOf({ principal, api, feed }: CredentialUse) {
  const { tenant, kind, name } = principal;
  return { tenant, kind, name, api, feed };
}

function keyOf(row: Pick<LastUseTable, (typeof keyColumns)[number]>) {
  return JSON.stringify(keyColumns.map((column) => row[column]));
}

function toUse(row: Selectable<LastUseTable>): CredentialUse {
  const { tenant, kind, name, api, feed, address, status, events, position } = row;
  return {
    principal: { tenant, kind, name },
    api,
    feed,
    address,
    status,
    events,
    position: position ?? undefined,
    atMs: row.at_ms,
  };
}

function hourOf(ms: number): number {
  return Math.floor(ms / hourMs);
}
