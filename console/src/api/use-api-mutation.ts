import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import type { ConsoleEndpoint } from '../../../src/http/console-api/api-types.ts';
import { call } from './call.ts';
import type { CallAnswer, CallInput } from './endpoint.ts';

/**
 * A change. `outdates` names the endpoints whose answers it makes out of date, whatever their path
 * and query; they are asked again before the mutation counts as done.
 */
export function useApiMutation<E extends ConsoleEndpoint>(
  endpoint: E,
  outdates: readonly ConsoleEndpoint[] = [],
): UseMutationResult<CallAnswer<E>, Error, CallInput<E>> {
  const queryClient = useQueryClient();
  return useMutation<CallAnswer<E>, Error, CallInput<E>>({
    mutationFn: (input) => call(endpoint, input),
    onSuccess: async () => {
      await Promise.all(
        outdates.map((outdated) => queryClient.invalidateQueries({ queryKey: [outdated] })),
      );
    },
  });
}
