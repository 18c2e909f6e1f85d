/** Posts events to service nodes as products do: many tenants, each post on whichever node. */
import { Agent, fetch } from 'undici';
import type { ClusterNode, ClusterTenant } from './cluster-stand.ts';

const postTimeoutMs = 30_000;

export interface Load {
  readonly services: readonly ClusterNode[];
  readonly tenants: readonly ClusterTenant[];
  /** One after the other is posted; each holds `eventsPerPost` events. */
  readonly bodies: readonly Buffer[];
  readonly eventsPerPost: number;
  /** Posts under way at a time. */
  readonly clients: number;
  /** No post begins later. */
  readonly seconds: number;
  readonly postsMax?: number;
}

/** What was acknowledged. */
export interface Posted {
  readonly posts: number;
  readonly events: number;
}

/** Rejects when a post is refused; begins none once `signal` has aborted. */
export async function post(load: Load, signal: AbortSignal): Promise<Posted> {
  const { services, tenants, bodies, eventsPerPost, clients, seconds, postsMax = Infinity } = load;
  const dispatcher = new Agent();
  const endMs = performance.now() + seconds * 1000;
  let begun = 0;
  let posts = 0;
  const client = async () => {
    while (!signal.aborted && performance.now() < endMs && begun < postsMax) {
      const number = begun;
      begun += 1;
      const service = services[number % services.length];
      const tenant = tenants[number % tenants.length];
      const body = bodies[number % bodies.length];
      if (!service || !tenant || !body) throw new Error('there is nothing to post');
      await postOnce(service, tenant, body, dispatcher);
      posts += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    await dispatcher.close();
  }
  return { posts, events: posts * eventsPerPost };
}

async function postOnce(
  { url, process }: ClusterNode,
  { id, ingestKey }: ClusterTenant,
  body: Buffer,
  dispatcher: Agent,
): Promise<void> {
  const response = await fetch(`${url}/ingest/v1/${id}/insync`, {
    method: 'POST',
    headers: { authorization: ingestKey, 'content-type': 'application/x-ndjson' },
    body,
    dispatcher,
    signal: AbortSignal.timeout(postTimeoutMs),
  });
  const answer = await response.text();
  if (response.ok) return;
  throw new Error(`ingest answered ${response.status}: ${answer}\n${process.log}`);
}
