import { useDocumentVisibility } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { EventFilter, EventRow } from '../../../../src/http/console-api/api-types.ts';
import { call } from '../../api/call.ts';
import { errorSentence } from '../../api/call-error.ts';
import { followEvents } from './follow-events.ts';

export interface LiveTail {
  /** Newest first: what came since the tail began. */
  readonly rows: readonly EventRow[];
  /** True once rows were dropped at the old end, so that what is below does not join on. */
  readonly isCut: boolean;
  /** Why it does not follow at the moment, for a person. */
  readonly trouble: string | undefined;
  readonly isPaused: boolean;
}

interface LiveTailOf {
  readonly tenant: string;
  readonly feed: string;
  readonly filter: EventFilter;
  /** The position to begin behind; undefined: not known yet. */
  readonly after: number | undefined;
  readonly isOn: boolean;
}

const liveRowsMax = 2_000;
const answerRowsMax = 500;

/** Follows the stream while it is on and somebody looks; what came stays when it is turned off. */
export function useLiveTail({ tenant, feed, filter, after, isOn }: LiveTailOf): LiveTail {
  const [rows, setRows] = useState<readonly EventRow[]>([]);
  const [isCut, setCut] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const position = useRef<number>(undefined);
  const isVisible = useDocumentVisibility() === 'visible';
  const isFollowing = isOn && isVisible && after !== undefined;

  useEffect(() => {
    if (!isFollowing) return undefined;
    const stopping = new AbortController();
    void followEvents(
      {
        after: position.current ?? after,
        ask: (last, signal) =>
          call(
            'GET /tenants/:tenant/events/:feed',
            { path: { tenant, feed }, query: { ...filter, after: last, limit: answerRowsMax } },
            signal,
          ),
        onPage: ({ events }, last) => {
          position.current = last;
          setTrouble(undefined);
          if (events.length === 0) return;
          setRows((held) => {
            const joined = [...events.toReversed(), ...held];
            if (joined.length > liveRowsMax) setCut(true);
            return joined.slice(0, liveRowsMax);
          });
        },
        onFailure: (error) => setTrouble(errorSentence(error)),
        sleep: sleepUntilAborted,
      },
      stopping.signal,
    );
    return () => stopping.abort();
  }, [isFollowing, after, tenant, feed, filter]);

  return { rows, isCut, trouble: isFollowing ? trouble : undefined, isPaused: isOn && !isVisible };
}

function sleepUntilAborted(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
