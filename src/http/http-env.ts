import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'hono';
import type { Position } from '../core/stream.ts';
import type { Actor, Principal } from '../directory/directory.ts';
import type { Client } from './client.ts';

/** What a request carries with it through the handlers. */
export interface HttpEnv {
  /** The socket's side; absent when a test calls the application without one. */
  Bindings: { incoming?: IncomingMessage; outgoing?: ServerResponse; trial?: Trial };
  Variables: {
    requestId: string;
    client: Client;
    /** Set by export handlers; recorded with the answer's status when the request is over. */
    pull: PullInProgress | undefined;
    /** Set when a credential of the Events API was tried; becomes an `API Login` event. */
    login: ApiLogin | undefined;
    /** The access token that a connector was let in by, from whichever header. */
    connectorToken: string | undefined;
  };
}

/** A request that the console puts to the service itself, for somebody who tries a connector. */
export interface Trial {
  readonly client: Client;
  /** Who tries: a trial is no use of the connector by its SIEM. */
  readonly actor: Actor;
}

export type HttpContext = Context<HttpEnv>;

export type ExportApi = 'events-api/v1' | 'events-api/v2' | 'streams' | 'siem-api';

export interface PullInProgress {
  readonly api: ExportApi;
  readonly principal: Principal;
  /** Its name. */
  readonly feed: string;
  events: number;
  /** Of the last event answered, where events are asked for by position. */
  position?: Position;
  /** Of an answer that is written while it is sent: resolves when that is over. */
  streaming?: Promise<void>;
}

export interface ApiLogin {
  readonly tenant: string;
  /** E-mail address, or client id. */
  readonly name: string;
  readonly outcome: 'Success' | 'Failed';
}
