import type { ConsoleApi, ConsoleEndpoint } from '../../../src/http/console-api/api-types.ts';

/** The names after a colon in `METHOD /path/:name`. */
type PathNames<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | PathNames<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

type Part<Key extends string, Value> = [Value] extends [never]
  ? { readonly [key in Key]?: never }
  : { readonly [key in Key]: Value };

type PathPart<E extends ConsoleEndpoint> = [PathNames<E>] extends [never]
  ? { readonly path?: never }
  : { readonly path: Readonly<Record<PathNames<E>, string>> };
type QueryPart<E extends ConsoleEndpoint> = ConsoleApi[E] extends { query: infer Query }
  ? { readonly query?: Query }
  : { readonly query?: never };
type BodyPart<E extends ConsoleEndpoint> = ConsoleApi[E] extends { body: infer Body }
  ? Part<'body', Body>
  : { readonly body?: never };

/** What a call of this endpoint takes: `path`, `query` and `body`, as far as it has them. */
export type CallInput<E extends ConsoleEndpoint> = PathPart<E> & QueryPart<E> & BodyPart<E>;
export type CallAnswer<E extends ConsoleEndpoint> = ConsoleApi[E]['answer'];

export const consoleApiPath = '/console/api';

interface UrlParts {
  readonly path?: Readonly<Record<string, string>> | undefined;
  readonly query?: unknown;
}

/** The address of an endpoint, for calls and for links that download. */
export function endpointUrl(endpoint: ConsoleEndpoint, { path = {}, query }: UrlParts): string {
  const template = endpoint.slice(endpoint.indexOf(' ') + 1);
  const filled = template.replace(/:(\w+)/g, (_whole, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return `${consoleApiPath}${filled}${search.size > 0 ? `?${search.toString()}` : ''}`;
}

export function endpointMethod(endpoint: ConsoleEndpoint): string {
  return endpoint.slice(0, endpoint.indexOf(' '));
}
