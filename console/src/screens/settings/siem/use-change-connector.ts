import { useApiMutation } from '../../../api/use-api-mutation.ts';
import type { CallInput } from '../../../api/endpoint.ts';
import { useTenant } from '../../../session/session-context.ts';

type Change = CallInput<'PATCH /tenants/:tenant/connectors/:name'>['body'];

interface ChangeConnector {
  readonly change: (change: Change) => Promise<unknown>;
  readonly isPending: boolean;
}

export function useChangeConnector(name: string): ChangeConnector {
  const tenant = useTenant();
  const { mutateAsync, isPending } = useApiMutation('PATCH /tenants/:tenant/connectors/:name', [
    'GET /tenants/:tenant/connectors',
    'GET /tenants/:tenant/overview',
  ]);
  return { change: (body) => mutateAsync({ path: { tenant, name }, body }), isPending };
}
