import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { serverNowMs } from '../../session/server-clock.ts';
import {
  activityFilterOf,
  readActivitySearch,
  writeActivitySearch,
  type ActivitySearch,
} from './activity-search.ts';

/** The filters in the URL, what they ask the service for, and the means to change them. */
export function useActivitySearch() {
  const [parameters, setParameters] = useSearchParams();
  const text = parameters.toString();
  const search = useMemo(() => readActivitySearch(new URLSearchParams(text)), [text]);
  // A range that ends now begins at the time it was asked for.
  const filter = useMemo(() => activityFilterOf(search, serverNowMs()), [search]);
  const change = (changed: Partial<ActivitySearch>): void =>
    setParameters(writeActivitySearch({ ...search, ...changed }));
  const clear = (): void => setParameters(new URLSearchParams());
  return { search, filter, hasFilter: text !== '', change, clear };
}
