import { useEffect, type ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { isCallStatus } from '../api/call-error.ts';
import { useApiQuery } from '../api/use-api-query.ts';
import { ErrorState } from '../components/error-state.tsx';
import { LoadingScreen } from '../components/loading-screen.tsx';
import { setServerTime } from './server-clock.ts';
import { SessionContext } from './session-context.ts';
import { SignInAgain } from './sign-in-again.tsx';
import { signInPath } from './sign-in-path.ts';

/** Shows `children` to who is signed in, and the way to sign in to everybody else. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const location = useLocation();
  const { data, error, refetch } = useApiQuery('GET /session', {});
  useEffect(() => {
    if (data !== undefined) setServerTime(data.serverNowMs);
  }, [data]);
  if (data !== undefined) {
    return (
      <SessionContext value={data}>
        {children}
        <SignInAgain email={data.email} />
      </SessionContext>
    );
  }
  if (isCallStatus(error, 401)) return <Navigate to={signInPath(location)} replace />;
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return <LoadingScreen />;
}
