import type { z } from 'zod';
import type { Actor } from '../../directory/directory.ts';
import type { PersonRole, Session } from '../../directory/people.ts';
import type { HttpContext } from '../http-env.ts';
import type { Service } from '../service.ts';
import type { ConsoleApi, ConsoleEndpoint } from './api-types.ts';

/** Who may call an endpoint with a session: which roles, and whether of the tenant in the path only. */
export const accessRules = {
  'signed-in': { ownTenant: [], anywhere: ['viewer', 'administrator', 'operator'] },
  member: { ownTenant: ['viewer', 'administrator'], anywhere: [] },
  administrator: { ownTenant: ['administrator'], anywhere: [] },
  'people-keeper': { ownTenant: ['administrator'], anywhere: ['operator'] },
  operator: { ownTenant: [], anywhere: ['operator'] },
} as const satisfies Record<
  string,
  { readonly ownTenant: readonly PersonRole[]; readonly anywhere: readonly PersonRole[] }
>;
export type AccessRule = keyof typeof accessRules;

/** The names in a path: `:tenant` and `:name` of `/tenants/:tenant/connectors/:name`. */
type ParameterOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterOf<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

type Parameters<E extends ConsoleEndpoint> = Readonly<
  Record<E extends `${string} ${infer Path}` ? ParameterOf<Path> : never, string>
>;

/** What a schema makes of an optional property, which may be there and undefined. */
type Parsed<Value> = Value extends readonly unknown[]
  ? Value
  : { readonly [Key in keyof Value]: OrUndefined<Value, Key> };
type OrUndefined<Value, Key extends keyof Value> =
  object extends Pick<Value, Key> ? Value[Key] | undefined : Value[Key];

export type BodyOf<E extends ConsoleEndpoint> = ConsoleApi[E] extends { body: infer Body }
  ? Parsed<Body>
  : undefined;
export type QueryOf<E extends ConsoleEndpoint> = ConsoleApi[E] extends { query: infer Query }
  ? Parsed<Query>
  : undefined;
/** An object that becomes JSON, or the response itself where the answer is not JSON. */
export type AnswerOf<E extends ConsoleEndpoint> = [ConsoleApi[E]['answer']] extends [never]
  ? Response
  : ConsoleApi[E]['answer'];

/** A request that was let in: parsed, checked, and whose it is. */
export interface PublicCall<E extends ConsoleEndpoint> {
  readonly params: Parameters<E>;
  readonly body: BodyOf<E>;
  readonly query: QueryOf<E>;
  readonly c: HttpContext;
  readonly service: Service;
  /** Aborts when the client has gone or the server closes. */
  readonly signal: AbortSignal;
}

export interface Call<E extends ConsoleEndpoint> extends PublicCall<E> {
  readonly session: Session;
  /** The person, for changes and the audit trail. */
  readonly actor: Actor;
}

export interface EndpointSchemas<E extends ConsoleEndpoint> {
  readonly body?: z.ZodType<BodyOf<E>>;
  readonly query?: z.ZodType<QueryOf<E>>;
}

/** A schema wherever the contract has a body or a query. */
type Schemas<E extends ConsoleEndpoint> = EndpointSchemas<E> &
  (ConsoleApi[E] extends { body: unknown } ? { readonly body: z.ZodType<BodyOf<E>> } : object) &
  (ConsoleApi[E] extends { query: unknown } ? { readonly query: z.ZodType<QueryOf<E>> } : object);

/** Without a session. */
export type PublicEndpoint<E extends ConsoleEndpoint> = Schemas<E> & {
  readonly who: 'anyone';
  readonly handle: (call: PublicCall<E>) => AnswerOf<E> | Promise<AnswerOf<E>>;
};

export type SessionEndpoint<E extends ConsoleEndpoint> = Schemas<E> & {
  readonly who: AccessRule;
  readonly handle: (call: Call<E>) => AnswerOf<E> | Promise<AnswerOf<E>>;
};

/** What one line of the table of endpoints says. */
export type Endpoint<E extends ConsoleEndpoint> = PublicEndpoint<E> | SessionEndpoint<E>;

/** A part of the table. */
export type EndpointsOf<E extends ConsoleEndpoint> = { readonly [Key in E]: Endpoint<Key> };
