import { Navigate } from 'react-router';
import { useSession } from '../session/session-context.ts';

/** `/` leads to what each role looks at first. */
export function Home() {
  const { role } = useSession();
  return <Navigate to={role === 'operator' ? '/operator/tenants' : '/overview'} replace />;
}
