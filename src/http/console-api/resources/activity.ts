import type {
  AuditPage,
  AuditQuery,
  Directory,
  NumberedAuditEntry,
} from '../../../directory/directory.ts';
import { formatIsoTime } from '../../../feeds/iso-time.ts';
import type { ActivityEntry, ActivityPage } from '../api-types.ts';
import type { EndpointsOf } from '../endpoint.ts';
import { activityFilter, activityQuery, operatorActivityQuery } from '../schemas/activity-query.ts';
import { csvRecord, csvStart } from './csv.ts';
import { answerFile } from './file-answer.ts';

type ActivityEndpoint =
  | 'GET /tenants/:tenant/activity'
  | 'GET /tenants/:tenant/activity/download'
  | 'GET /operator/activity';

const defaultLimit = 100;
/** A download holds the newest ones. */
export const downloadActivityMax = 50_000;
const entriesPerRead = 500;

export const activityEndpoints: EndpointsOf<ActivityEndpoint> = {
  'GET /tenants/:tenant/activity': {
    who: 'member',
    query: activityQuery,
    handle: async ({ params, query, service: { directory } }) => {
      const { limit = defaultLimit, ...filter } = query;
      return activityPage(await directory.auditPage({ ...filter, tenant: params.tenant, limit }));
    },
  },
  'GET /tenants/:tenant/activity/download': {
    who: 'member',
    query: activityFilter,
    handle: ({ params, query, c, service, signal }) => {
      const { tenant } = params;
      return answerFile(c, service, {
        name: `${tenant}-activity`,
        extension: 'csv',
        contentType: 'text/csv; charset=utf-8',
        texts: activityCsv(service.directory, { ...query, tenant }, signal),
      });
    },
  },
  'GET /operator/activity': {
    who: 'operator',
    query: operatorActivityQuery,
    handle: async ({ query, service: { directory } }) => {
      const { limit = defaultLimit, ...filter } = query;
      return activityPage(await directory.auditPage({ ...filter, limit }));
    },
  },
};

function activityPage({ entries, next }: AuditPage): ActivityPage {
  return { entries: entries.map(activityEntry), next: next ?? null };
}

function activityEntry(entry: NumberedAuditEntry): ActivityEntry {
  const { id, atMs, tenant, actor, action, detail, outcome, kind } = entry;
  return {
    id,
    atMs,
    tenant: tenant ?? null,
    actor: actor.name,
    address: actor.address ?? null,
    action,
    detail,
    outcome,
    kind,
  };
}

const columns = ['time (UTC)', 'actor', 'address', 'action', 'detail', 'outcome', 'kind'] as const;

async function* activityCsv(
  directory: Directory,
  filter: Omit<AuditQuery, 'limit' | 'before'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  yield csvStart + csvRecord(columns);
  let before: number | undefined;
  for (let left = downloadActivityMax; left > 0 && !signal.aborted;) {
    const limit = Math.min(left, entriesPerRead);
    const { entries, next } = await directory.auditPage({ ...filter, before, limit });
    left -= entries.length;
    if (entries.length > 0) yield entries.map(csvLine).join('');
    if (next === undefined) return;
    before = next;
  }
}

function csvLine({ atMs, actor, action, detail, outcome, kind }: NumberedAuditEntry): string {
  const time = formatIsoTime(atMs, 'millisecond');
  return csvRecord([time, actor.name, actor.address ?? null, action, detail, outcome, kind]);
}
