import type { ReactNode } from 'react';
import type { ConsoleRole } from '../../../src/http/console-api/api-types.ts';
import { useSession } from '../session/session-context.ts';

interface RoleGateProps {
  readonly roles: readonly ConsoleRole[];
  readonly otherwise?: ReactNode;
  readonly children: ReactNode;
}

/** What only these roles see. The service checks again; this spares the others a refusal. */
export function RoleGate({ roles, otherwise, children }: RoleGateProps) {
  return roles.includes(useSession().role) ? children : otherwise;
}
