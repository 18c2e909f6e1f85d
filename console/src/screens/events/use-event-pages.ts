import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type {
  EventFilter,
  EventPage,
  EventRow,
} from '../../../../src/http/console-api/api-types.ts';
import { call } from '../../api/call.ts';

/** How the search for older events stands. */
export type Scan =
  /** `share` and `reachedMs` are how much of the time range is behind it, and how far back. */
  | { readonly kind: 'searching' | 'stopped'; readonly share: number; readonly reachedMs?: number }
  | { readonly kind: 'failed'; readonly error: Error }
  /** There may be more below. */
  | { readonly kind: 'ready' }
  /** Everything that matches is there. */
  | { readonly kind: 'complete' }
  /** So many are held that a person is better served by a narrower filter, or a download. */
  | { readonly kind: 'full' };

export interface EventPages {
  /** Newest first. */
  readonly rows: readonly EventRow[];
  /** Of the stream, when the search began; undefined until the first answer. */
  readonly headPosition: number | undefined;
  readonly scan: Scan;
  /** Asks for more rows than are there. */
  readonly wantMore: () => void;
  readonly stop: () => void;
  /** After `stop` or a failure. */
  readonly resume: () => void;
}

const pageRows = 100;
const rowsMax = 20_000;

/**
 * Events from the newest to the oldest, fetched as far as they are wanted. A page is what the service
 * found within about a second, so a rare event may take many pages: they follow one another until
 * enough rows are there, nothing is left, or a person stops it.
 */
export function useEventPages(tenant: string, feed: string, filter: EventFilter): EventPages {
  const queryKey = useMemo(() => ['events', tenant, feed, filter], [tenant, feed, filter]);
  const queryClient = useQueryClient();
  const [wantedRows, setWantedRows] = useState(pageRows);
  const [isStopped, setStopped] = useState(false);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      call(
        'GET /tenants/:tenant/events/:feed',
        { path: { tenant, feed }, query: { ...filter, before: pageParam, limit: pageRows } },
        signal,
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }: EventPage) => next ?? undefined,
    // Coming back to the screen asks anew: what was the head then is not the head now.
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const { data, error, isFetching, hasNextPage, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.events) ?? [], [data]);
  const isWanting = rows.length < Math.min(wantedRows, rowsMax);
  const mayFetch = hasNextPage && !isFetching && error === null && !isStopped && isWanting;
  useEffect(() => {
    if (mayFetch) void fetchNextPage();
  }, [mayFetch, fetchNextPage]);

  const progress = data?.pages.at(-1)?.scan;
  const reached = { share: progress?.share ?? 0, reachedMs: progress?.reachedMs ?? undefined };
  const isComplete = data !== undefined && !hasNextPage;
  return {
    rows,
    headPosition: data?.pages[0]?.headPosition,
    scan: scanOf(),
    wantMore: () => setWantedRows(rows.length + pageRows),
    stop: () => {
      setStopped(true);
      void queryClient.cancelQueries({ queryKey });
    },
    resume: () => {
      setStopped(false);
      if (data === undefined) void query.refetch();
      else if (error !== null) void fetchNextPage();
    },
  };

  function scanOf(): Scan {
    if (isComplete) return { kind: 'complete' };
    if (isStopped) return { kind: 'stopped', ...reached };
    if (isFetching || mayFetch) return { kind: 'searching', ...reached };
    if (error !== null) return { kind: 'failed', error };
    return rows.length >= rowsMax ? { kind: 'full' } : { kind: 'ready' };
  }
}
