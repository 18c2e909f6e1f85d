import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ConsoleEndpoint } from '../../../src/http/console-api/api-types.ts';
import { call } from './call.ts';
import type { CallAnswer, CallInput } from './endpoint.ts';

type ReadEndpoint = Extract<ConsoleEndpoint, `GET ${string}`>;

export interface QueryChoices {
  readonly enabled?: boolean;
  readonly refetchIntervalMs?: number;
  /** Keeps what was shown while a new filter loads. */
  readonly keepPrevious?: boolean;
}

/** The answer of a GET endpoint, kept under `[endpoint, path, query]`. */
export function useApiQuery<E extends ReadEndpoint>(
  endpoint: E,
  input: CallInput<E>,
  { enabled = true, refetchIntervalMs, keepPrevious = false }: QueryChoices = {},
): UseQueryResult<CallAnswer<E>> {
  return useQuery<CallAnswer<E>>({
    queryKey: apiQueryKey(endpoint, input),
    queryFn: ({ signal }) => call(endpoint, input, signal),
    enabled,
    refetchInterval: refetchIntervalMs ?? false,
    ...(keepPrevious ? { placeholderData: keepPreviousData } : {}),
  });
}

export function apiQueryKey<E extends ReadEndpoint>(
  endpoint: E,
  input: CallInput<E>,
): readonly unknown[] {
  return [endpoint, input.path ?? {}, input.query ?? {}];
}
