import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { sessionEnded } from '../api/connection.ts';

/** Into the console after signing in, with nothing left of who was here before. */
export function useEnter(returnTo: string): () => Promise<void> {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    queryClient.clear();
    sessionEnded.set(false);
    await navigate(returnTo, { replace: true });
  };
}
