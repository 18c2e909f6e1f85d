import { useInfiniteQuery } from '@tanstack/react-query';
import type { ActivityEntry, ActivityPage } from '../../../../src/http/console-api/api-types.ts';

export interface ActivityPages {
  /** Newest first. */
  readonly entries: readonly ActivityEntry[];
  readonly error: Error | null;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

/** One page of what happened before `before`; undefined: from now on back. */
export type AskActivity = (
  before: number | undefined,
  signal: AbortSignal,
) => Promise<ActivityPage>;

/** What happened, page after page as somebody asks for it. `key` says what `ask` asks for. */
export function useActivityPages(key: readonly unknown[], ask: AskActivity): ActivityPages {
  const query = useInfiniteQuery({
    queryKey: ['activity', ...key],
    queryFn: ({ pageParam, signal }) => askUntilFound(ask, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }: ActivityPage) => next ?? undefined,
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const { data, error, isFetching, isFetchingNextPage, hasNextPage } = query;
  return {
    entries: data?.pages.flatMap((page) => page.entries) ?? [],
    error,
    isLoading: isFetching && data === undefined,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void (data === undefined ? query.refetch() : query.fetchNextPage()),
  };
}

/** A rare entry may take many answers: each looks at so much of the trail and no further. */
async function askUntilFound(
  ask: AskActivity,
  before: number | undefined,
  signal: AbortSignal,
): Promise<ActivityPage> {
  let page = await ask(before, signal);
  while (page.entries.length === 0 && page.next !== null) page = await ask(page.next, signal);
  return page;
}
