import { QueryClient } from '@tanstack/react-query';
import { CallError } from './call-error.ts';

const retriesMax = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // The browser's idea of being online says nothing about a service on the local network.
      networkMode: 'always',
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < retriesMax &&
        error instanceof CallError &&
        error.failure.retryable &&
        error.status !== 429,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});
