import type { UseQueryResult } from '@tanstack/react-query';
import type { InvitedPerson, PersonView } from '../../../../src/http/console-api/api-types.ts';
import { useApiMutation } from '../../api/use-api-mutation.ts';
import { useApiQuery } from '../../api/use-api-query.ts';

export interface People {
  readonly query: UseQueryResult<{ readonly people: readonly PersonView[] }>;
  readonly invite: (email: string, role: 'viewer' | 'administrator') => Promise<InvitedPerson>;
  readonly inviteAgain: (email: string) => Promise<InvitedPerson>;
  readonly remove: (email: string) => Promise<unknown>;
}

/** The people of a tenant, or the operators when `tenant` is null, and what can be done with them. */
export function usePeople(tenant: string | null): People {
  const ofTenant = usePeopleOfTenant(tenant ?? '', tenant !== null);
  const operators = useOperators(tenant === null);
  return tenant === null ? operators : ofTenant;
}

function usePeopleOfTenant(tenant: string, enabled: boolean): People {
  const outdated = ['GET /tenants/:tenant/people', 'GET /operator/tenants'] as const;
  const query = useApiQuery('GET /tenants/:tenant/people', { path: { tenant } }, { enabled });
  const invite = useApiMutation('POST /tenants/:tenant/people', outdated);
  const again = useApiMutation('POST /tenants/:tenant/people/:email/invite', outdated);
  const remove = useApiMutation('DELETE /tenants/:tenant/people/:email', outdated);
  return {
    query,
    invite: (email, role) => invite.mutateAsync({ path: { tenant }, body: { email, role } }),
    inviteAgain: (email) => again.mutateAsync({ path: { tenant, email } }),
    remove: (email) => remove.mutateAsync({ path: { tenant, email } }),
  };
}

function useOperators(enabled: boolean): People {
  const outdated = ['GET /operator/people'] as const;
  const query = useApiQuery('GET /operator/people', {}, { enabled });
  const invite = useApiMutation('POST /operator/people', outdated);
  const again = useApiMutation('POST /operator/people/:email/invite', outdated);
  const remove = useApiMutation('DELETE /operator/people/:email', outdated);
  return {
    query,
    invite: (email) => invite.mutateAsync({ body: { email } }),
    inviteAgain: (email) => again.mutateAsync({ path: { email } }),
    remove: (email) => remove.mutateAsync({ path: { email } }),
  };
}
