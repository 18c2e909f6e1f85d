import { AppError } from '../core/errors.ts';
import { parseStreamName } from '../core/stream.ts';
import type { EventStore, StreamInfo } from '../store/event-store.ts';

/** The streams under a tenant's name, whether or not there is such a tenant. */
export async function streamsOf(tenant: string, store: EventStore): Promise<readonly StreamInfo[]> {
  const all = await store.streams();
  return all.filter(({ stream }) => parseStreamName(stream).tenant === tenant);
}

/** Who gets a name must not get another one's events with it. Throws `already_exists`. */
export async function assertNoStreams(tenant: string, store: EventStore): Promise<void> {
  const streams = await streamsOf(tenant, store);
  if (streams.length === 0) return;
  const names = streams.map(({ stream }) => stream).join(', ');
  throw new AppError(
    'already_exists',
    `there are events under the name ${tenant} already, in ${names}; ` +
      `\`tailrace tenant create ${tenant} --keep-events\` gives them to the tenant, ` +
      `\`tailrace tenant delete ${tenant}\` removes them`,
  );
}
