import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './error-state.tsx';
import { LoadingState } from './loading-state.tsx';

interface QueryViewProps<Data> {
  readonly query: UseQueryResult<Data>;
  readonly loading?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/**
 * What a query answered, or that it is loading, or why it failed. An answer that could not be
 * refreshed stays on the screen, below the reason.
 */
export function QueryView<Data>({ query, loading, children }: QueryViewProps<Data>) {
  const { data, error, refetch } = query;
  const failure = error !== null && (
    <ErrorState
      error={error}
      onRetry={() => void refetch()}
      {...(data === undefined ? {} : { title: 'This may be out of date' })}
    />
  );
  if (data === undefined) return failure || (loading ?? <LoadingState />);
  return (
    <>
      {failure}
      {children(data)}
    </>
  );
}
