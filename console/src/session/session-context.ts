import { createContext, useContext } from 'react';
import type { SessionView } from '../../../src/http/console-api/api-types.ts';

export const SessionContext = createContext<SessionView | undefined>(undefined);

/** Who is signed in. Only below `SessionGate`. */
export function useSession(): SessionView {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('useSession stands outside of SessionGate');
  return session;
}

/** The id of the session's own tenant. Only on screens of viewers and administrators. */
export function useTenant(): string {
  const { tenant } = useSession();
  if (tenant === null) throw new Error('an operator has no tenant');
  return tenant.id;
}

/** Whether the session may change what belongs to its tenant. */
export function useMayChange(): boolean {
  return useSession().role === 'administrator';
}
