import type { AuditQuery, Directory, NumberedAuditEntry } from '../../../directory/directory.ts';
import { formatIsoTime } from '../../../feeds/iso-time.ts';
import type { ActivityEntry, ActivityPage } from '../api-types.ts';
import type { EndpointsOf } from '../endpoint.ts';
import type { Service } from '../../service.ts';
import {
  activityFilter,
  activityQuery,
  operatorActivityFilter,
  operatorActivityQuery,
} from '../schemas/activity-query.ts';
import { actorTitles, titleKey } from './actor-titles.ts';
import type { ActorTitles } from './actor-titles.ts';
import { csvRecord, csvStart } from './csv.ts';
import { answerFile } from './file-answer.ts';
import { PullFold } from './pull-fold.ts';
import type { FoldedEntry } from './pull-fold.ts';

type ActivityEndpoint =
  | 'GET /tenants/:tenant/activity'
  | 'GET /tenants/:tenant/activity/download'
  | 'GET /operator/activity'
  | 'GET /operator/activity/download';

const defaultLimit = 100;
/** A download holds the newest ones. */
export const downloadActivityMax = 50_000;
const entriesPerRead = 500;
/** A folded page looks at no more entries: beyond them there is a next one. */
const foldedEntriesMax = 5_000;

export const activityEndpoints: EndpointsOf<ActivityEndpoint> = {
  'GET /tenants/:tenant/activity': {
    who: 'member',
    query: activityQuery,
    handle: ({ params, query, service, signal }) =>
      activityPage(service, { ...query, tenant: params.tenant }, signal),
  },
  'GET /tenants/:tenant/activity/download': {
    who: 'member',
    query: activityFilter,
    handle: ({ params, query, c, service, signal }) => {
      const { tenant } = params;
      return answerFile(c, service, {
        tenant,
        name: `${tenant}-activity`,
        extension: 'csv',
        contentType: 'text/csv; charset=utf-8',
        texts: activityCsv(service.directory, tenantColumns, { ...query, tenant }, signal),
      });
    },
  },
  'GET /operator/activity': {
    who: 'operator',
    query: operatorActivityQuery,
    handle: ({ query, service, signal }) => activityPage(service, query, signal),
  },
  'GET /operator/activity/download': {
    who: 'operator',
    query: operatorActivityFilter,
    handle: ({ query, c, service, signal }) =>
      answerFile(c, service, {
        tenant: undefined,
        name: 'activity',
        extension: 'csv',
        contentType: 'text/csv; charset=utf-8',
        texts: activityCsv(service.directory, operatorColumns, query, signal),
      }),
  },
};

interface PageQuery extends Omit<AuditQuery, 'limit'> {
  readonly limit?: number | undefined;
  readonly folded?: boolean | undefined;
}

async function activityPage(
  { directory }: Service,
  { limit = defaultLimit, folded = false, ...filter }: PageQuery,
  signal: AbortSignal,
): Promise<ActivityPage> {
  const { rows, next } = folded
    ? await foldedPage(directory, { ...filter, limit }, signal)
    : await plainPage(directory, { ...filter, limit });
  const titles = await actorTitles(
    directory,
    rows.map(({ entry }) => entry),
  );
  return { entries: rows.map((row) => activityEntry(row, titles)), next: next ?? null };
}

interface Page {
  readonly rows: readonly FoldedEntry[];
  readonly next: number | undefined;
}

async function plainPage(directory: Directory, query: AuditQuery): Promise<Page> {
  const { entries, next } = await directory.auditPage(query);
  return { rows: entries.map((entry) => ({ entry, pulls: undefined })), next };
}

async function foldedPage(
  directory: Directory,
  { limit, ...query }: AuditQuery,
  signal: AbortSignal,
): Promise<Page> {
  const fold = new PullFold(limit);
  let { before } = query;
  for (let left = foldedEntriesMax; left > 0 && !signal.aborted; left -= entriesPerRead) {
    // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before ends
    const { entries, next } = await directory.auditPage({
      ...query,
      before,
      limit: entriesPerRead,
    });
    for (const entry of entries) {
      if (!fold.take(entry)) return { rows: fold.rows, next: before };
      before = entry.id;
    }
    if (next === undefined) return { rows: fold.rows, next };
    before = next;
  }
  return { rows: fold.rows, next: before };
}

function activityEntry({ entry, pulls }: FoldedEntry, titles: ActorTitles): ActivityEntry {
  const { id, atMs, tenant, actor, action, detail, outcome, kind } = entry;
  return {
    id,
    atMs,
    tenant: tenant ?? null,
    actor: actor.name,
    actorTitle: titles.get(titleKey(tenant ?? '', actor.name)) ?? null,
    address: actor.address ?? null,
    action,
    detail,
    outcome,
    kind,
    pulls: pulls ?? null,
  };
}

type Columns = Readonly<Record<string, (entry: NumberedAuditEntry) => string | null>>;

const timeColumn: Columns = {
  'time (UTC)': ({ atMs }) => formatIsoTime(atMs, 'millisecond'),
};
const tenantColumns: Columns = {
  ...timeColumn,
  actor: ({ actor }) => actor.name,
  address: ({ actor }) => actor.address ?? null,
  action: ({ action }) => action,
  detail: ({ detail }) => detail,
  outcome: ({ outcome }) => outcome,
  kind: ({ kind }) => kind,
};
const operatorColumns: Columns = {
  ...timeColumn,
  tenant: ({ tenant }) => tenant ?? null,
  ...tenantColumns,
};

async function* activityCsv(
  directory: Directory,
  columns: Columns,
  filter: Omit<AuditQuery, 'limit' | 'before'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield csvStart + csvRecord(Object.keys(columns));
  const cells = Object.values(columns);
  let before: number | undefined;
  for (let left = downloadActivityMax; left > 0 && !signal.aborted;) {
    const limit = Math.min(left, entriesPerRead);
    const { entries, next } = await directory.auditPage({ ...filter, before, limit });
    left -= entries.length;
    if (entries.length > 0)
      yield entries.map((entry) => csvRecord(cells.map((cell) => cell(entry)))).join('');
    if (next === undefined) return;
    before = next;
  }
}
