/* eslint-disable max-lines -- one contract, to be read as one */
/**
 * What the console and the service say to each other: types only, shared by both sides.
 *
 * Every endpoint stands below `consoleApiPath`. Bodies and answers are JSON unless said otherwise;
 * times are epoch milliseconds UTC. A failure is answered with `ConsoleFailure`: 400 for input
 * (`fields` names each field that is wrong), 401 without a session, 403 for a role or a tenant that may
 * not, 404, 409 when the thing exists or has changed, 429 with `Retry-After`, 5xx. Whatever changes
 * something must come from the console's own origin (`Sec-Fetch-Site`, else `Origin`) and be JSON.
 *
 * | role          | may                                                                             |
 * | ------------- | ------------------------------------------------------------------------------- |
 * | viewer        | look at its own tenant: overview, events, settings, activity; no secret          |
 * | administrator | the same, and change its own tenant: settings, tokens, connectors, people        |
 * | operator      | tenants, people, ingest keys, approval of connectors, health; no tenant's events |
 */
import type { Edition } from '../../directory/directory.ts';

export type ConsoleRole = 'viewer' | 'administrator' | 'operator';

export interface ConsoleFailure {
  readonly code: string;
  /** For a person. */
  readonly message: string;
  readonly hint?: string;
  readonly retryable: boolean;
  readonly fields?: Readonly<Record<string, string>>;
}

/** `METHOD /path` → what goes and what comes. `:name` in a path is one URL-encoded segment. */
export interface ConsoleApi {
  // Signing in. Without a session.
  'GET /sign-in-methods': { answer: SignInMethods };
  /** 401 for a wrong pair or code, 429 while locked out; both say nothing of which it was. */
  'POST /sign-in': { body: SignIn; answer: SignInOutcome };
  /** Redirects to the OpenID provider. Not JSON. */
  'GET /oidc/start': { query: { readonly returnTo?: string }; answer: never };
  /**
   * Where the provider sends the browser back: redirects to `returnTo`, or to
   * `/sign-in?problem=` with `unknown-person`, `refused`, `expired` or `unavailable`. Not JSON.
   */
  'GET /oidc/callback': { query: Readonly<Record<string, string>>; answer: never };
  /** Whose invitation (or first set-up) a code is. The code travels in the body, never in a URL. */
  'POST /invitations/look': { body: { readonly code: string }; answer: Invitation };
  /** Sets the password and signs in. An invitation is good once, for 7 days. */
  'POST /invitations/accept': { body: AcceptInvitation; answer: SignInOutcome };

  // Oneself. Any role.
  'GET /session': { answer: SessionView };
  'POST /sign-out': { answer: Done };
  /** Ends every session of this person, this one too. */
  'POST /sign-out-everywhere': { answer: Done };
  'GET /sessions': { answer: { readonly sessions: readonly OpenSession[] } };
  'DELETE /sessions/:sessionId': { answer: Done };
  /** Ends the other sessions. */
  'POST /me/password': {
    body: { readonly current: string; readonly next: string };
    answer: Done;
  };
  /** A secret that counts only once it is confirmed. */
  'POST /me/totp': { body: { readonly password: string }; answer: TotpEnrolment };
  'POST /me/totp/confirm': {
    body: { readonly code: string };
    answer: { readonly recoveryCodes: readonly string[] };
  };
  'POST /me/totp/remove': { body: { readonly password: string }; answer: Done };
  'POST /me/recovery-codes': {
    body: { readonly password: string };
    answer: { readonly recoveryCodes: readonly string[] };
  };

  // A tenant, for its viewers and administrators.
  'GET /tenants/:tenant/overview': { answer: Overview };
  'GET /tenants/:tenant/feeds': { answer: { readonly feeds: readonly FeedView[] } };
  'GET /tenants/:tenant/events/:feed': { query: EventQuery; answer: EventPage };
  'GET /tenants/:tenant/events/:feed/:position': { answer: EventDetail };
  /** A file, streamed: `EventFilter` and `as`. At most `downloadEventsMax` events. Not JSON. */
  'GET /tenants/:tenant/events/:feed/download': {
    query: EventFilter & { readonly as: DownloadFormat };
    answer: never;
  };

  'GET /tenants/:tenant/export-settings': { answer: ExportSettingsView };
  'PATCH /tenants/:tenant/export-settings': {
    body: Partial<ExportSettingsChange>;
    answer: ExportSettingsView;
  };

  /** The token of the person who asks; its value is not in it. */
  'GET /tenants/:tenant/token': { answer: { readonly token: TokenView | null } };
  /** Administrators, while it is valid. Audited. */
  'GET /tenants/:tenant/token/value': { answer: { readonly value: string } };
  /** Ends the one before it at once. */
  'POST /tenants/:tenant/token': {
    body: { readonly days: number };
    answer: { readonly token: TokenView };
  };
  'DELETE /tenants/:tenant/token': { answer: Done };
  /** Everybody's in the tenant, without values. */
  'GET /tenants/:tenant/tokens': { answer: { readonly tokens: readonly TokenView[] } };

  'GET /tenants/:tenant/api-clients': {
    answer: { readonly apiClients: readonly ApiClientView[] };
  };
  /** The secret is in this answer only. */
  'POST /tenants/:tenant/api-clients': {
    body: { readonly name: string };
    answer: { readonly apiClient: ApiClientView; readonly secret: string };
  };
  'DELETE /tenants/:tenant/api-clients/:clientId': { answer: Done };

  'GET /tenants/:tenant/connectors': {
    answer: { readonly connectors: readonly ConnectorView[] };
  };
  /** Stands as `requested` until the operator approves it. */
  'POST /tenants/:tenant/connectors': {
    body: ConnectorRequest;
    answer: { readonly connector: ConnectorView };
  };
  'PATCH /tenants/:tenant/connectors/:name': {
    body: Partial<Omit<ConnectorRequest, 'name'>> & { readonly enabled?: boolean };
    answer: { readonly connector: ConnectorView };
  };
  'DELETE /tenants/:tenant/connectors/:name': { answer: Done };
  /** The newest key. Administrators. Audited. */
  'GET /tenants/:tenant/connectors/:name/key': { answer: { readonly value: string } };
  'POST /tenants/:tenant/connectors/:name/rotate': {
    body: { readonly overlapMs: number };
    answer: { readonly connector: ConnectorView };
  };
  /** Runs authorize → token → window against this service, and says what went over the wire. */
  'POST /tenants/:tenant/connectors/:name/try': { answer: { readonly steps: readonly TryStep[] } };

  'GET /tenants/:tenant/activity': { query: ActivityQuery; answer: ActivityPage };
  /** CSV, newest first, at most `downloadActivityMax` rows. Not JSON. */
  'GET /tenants/:tenant/activity/download': { query: ActivityFilter; answer: never };

  /** The tenant's people; for administrators and for the operator. */
  'GET /tenants/:tenant/people': { answer: { readonly people: readonly PersonView[] } };
  /** The invitation is in this answer only: `/setup#CODE`, to be handed over. */
  'POST /tenants/:tenant/people': {
    body: { readonly email: string; readonly role: 'viewer' | 'administrator' };
    answer: InvitedPerson;
  };
  /** A new invitation: the way back for who forgot the password or lost the second factor. */
  'POST /tenants/:tenant/people/:email/invite': { answer: InvitedPerson };
  /** Ends the person's token and sessions too. Nobody removes oneself. */
  'DELETE /tenants/:tenant/people/:email': { answer: Done };

  // The operator.
  'GET /operator/tenants': { answer: { readonly tenants: readonly TenantView[] } };
  'POST /operator/tenants': {
    body: { readonly id: string; readonly title: string; readonly edition: Edition };
    answer: { readonly tenant: TenantView };
  };
  'PATCH /operator/tenants/:tenant': {
    body: { readonly enabled?: boolean; readonly title?: string; readonly edition?: Edition };
    answer: { readonly tenant: TenantView };
  };
  'GET /operator/connector-requests': {
    answer: { readonly requests: readonly ConnectorRequestView[] };
  };
  'POST /operator/tenants/:tenant/connectors/:name/approve': {
    body: { readonly siemEnabledAtMs?: number };
    answer: { readonly connector: ConnectorView };
  };
  /** Deletes a request that is not wanted. */
  'POST /operator/tenants/:tenant/connectors/:name/decline': { answer: Done };
  'GET /operator/tenants/:tenant/ingest-keys': {
    answer: { readonly ingestKeys: readonly IngestKeyView[] };
  };
  /** The key is in this answer only. */
  'POST /operator/tenants/:tenant/ingest-keys': {
    body: { readonly name: string };
    answer: { readonly ingestKey: IngestKeyView; readonly key: string };
  };
  'DELETE /operator/tenants/:tenant/ingest-keys/:keyId': { answer: Done };
  'GET /operator/people': { answer: { readonly people: readonly PersonView[] } };
  /** Another operator. */
  'POST /operator/people': { body: { readonly email: string }; answer: InvitedPerson };
  'POST /operator/people/:email/invite': { answer: InvitedPerson };
  'DELETE /operator/people/:email': { answer: Done };
  'GET /operator/health': { answer: HealthView };
  'GET /operator/storage': { answer: StorageView };
  /** The first hundred of what is in the quarantine of a sink. */
  'GET /operator/quarantine': {
    query: { readonly sink: string };
    answer: { readonly events: readonly QuarantinedEventView[]; readonly more: number };
  };
  'POST /operator/quarantine/drop': {
    body: { readonly sink: string; readonly stream: string; readonly position: number };
    answer: Done;
  };
  'GET /operator/activity': {
    query: ActivityQuery & { readonly tenant?: string };
    answer: ActivityPage;
  };
  /** As a tenant's download, with a column that says whose each row is. */
  'GET /operator/activity/download': {
    query: ActivityFilter & { readonly tenant?: string };
    answer: never;
  };
}

export type ConsoleEndpoint = keyof ConsoleApi;

export interface Done {
  readonly ok: true;
}

// Signing in

export interface SignInMethods {
  readonly password: boolean;
  /** The button's text names the provider. */
  readonly oidc: { readonly title: string } | null;
  /** No operator has a password yet: the terminal that started the service shows the set-up link. */
  readonly setUpNeeded: boolean;
  /** The demo's accounts; absent outside of it. */
  readonly demoAccounts?: readonly { readonly email: string; readonly password: string }[];
}

export interface SignIn {
  readonly email: string;
  readonly password: string;
  /** Six digits of the second factor, or a recovery code. */
  readonly code?: string;
}

export interface SignInOutcome {
  /** `code-needed`: the password is right; send it again with the code. No session yet. */
  readonly state: 'signed-in' | 'code-needed';
}

export interface Invitation {
  readonly email: string;
  readonly role: ConsoleRole;
  readonly tenantTitle: string | null;
  readonly expiresAtMs: number;
  /** An operator's first set-up names the e-mail address itself. */
  readonly emailWanted: boolean;
}

export interface AcceptInvitation {
  readonly code: string;
  /** At least 12 characters. */
  readonly password: string;
  /** When `emailWanted`. */
  readonly email?: string;
}

export interface SessionView {
  readonly email: string;
  readonly role: ConsoleRole;
  /** Null for an operator. */
  readonly tenant: {
    readonly id: string;
    readonly title: string;
    readonly edition: Edition;
  } | null;
  readonly secondFactor: 'none' | 'totp' | 'provider';
  readonly recoveryCodesLeft: number;
  /** False for who came by OpenID Connect only. */
  readonly hasPassword: boolean;
  readonly expiresAtMs: number;
  readonly serverNowMs: number;
  readonly version: string;
  /** Where clients reach this service, for snippets: `https://export.example.com`. */
  readonly publicUrl: string;
}

export interface OpenSession {
  readonly sessionId: string;
  readonly current: boolean;
  readonly address: string;
  /** In words: `Firefox on Linux`. */
  readonly userAgent: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
}

export interface TotpEnrolment {
  /** Base32, for typing. */
  readonly secret: string;
  /** `otpauth://…`, for the QR code. */
  readonly uri: string;
}

// Overview

/** Answers "is my SIEM getting everything?" */
export interface Overview {
  readonly verdict: Verdict;
  /** Events by hour and category over the last seven days, complete or still being counted. */
  readonly hours: HourlyCounts;
  readonly streams: readonly StreamView[];
  readonly pullers: readonly Puller[];
  readonly expiries: readonly Expiry[];
  readonly gaps: readonly GapView[];
  /** Of this instance, for this tenant's streams. */
  readonly sources: readonly WorkerView[];
  readonly sinks: readonly WorkerView[];
}

/** The worst thing that is true, in one sentence, and everything else that needs a hand. */
export interface Verdict {
  readonly health: Health;
  readonly sentence: string;
  readonly findings: readonly {
    readonly health: Health;
    readonly sentence: string;
    readonly to?: string;
  }[];
}

/** `idle`: nothing is wrong because nothing is set up or nothing has happened yet. */
export type Health = 'good' | 'warning' | 'bad' | 'idle';

export interface HourlyCounts {
  /** 1 when all is counted. */
  readonly countedShare: number;
  readonly categories: readonly string[];
  /** Oldest first, without holes; `counts` in the order of `categories`. */
  readonly hours: readonly { readonly startMs: number; readonly counts: readonly number[] }[];
}

export interface StreamView {
  readonly feed: string;
  readonly title: string;
  readonly headPosition: number;
  readonly firstRetainedPosition: number;
  readonly oldestEventMs: number | null;
  readonly newestEventMs: number | null;
}

/** A credential that pulled within the last 30 days, or could. */
export interface Puller {
  /** E-mail address, API client's name, connector's name. */
  readonly name: string;
  readonly kind: 'token' | 'api-client' | 'connector';
  readonly api: string | null;
  readonly feed: string;
  readonly address: string | null;
  readonly lastPullMs: number | null;
  readonly lastStatus: number | null;
  readonly events24h: number;
  /** Null when it cannot be known: AppTrana's API asks by time, or it never pulled. */
  readonly lagEvents: number | null;
  readonly lagMs: number | null;
  readonly health: Health;
  /** Why, in words. */
  readonly sentence: string;
}

export interface Expiry {
  readonly what: 'token' | 'connector-key';
  readonly name: string;
  readonly expiresAtMs: number;
}

export interface GapView {
  readonly feed: string;
  readonly position: number;
  readonly noticedAtMs: number;
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  readonly count: number | null;
  readonly reason: string;
}

export interface WorkerView {
  readonly name: string;
  readonly stream: string;
  readonly state: 'starting' | 'running' | 'waiting' | 'retrying' | 'stopped';
  readonly health: Health;
  readonly sentence: string;
  readonly lagEvents: number | null;
  readonly lastSuccessMs: number | null;
  readonly lastError: string | null;
  readonly nextTryMs: number | null;
}

// Events

export interface FeedView {
  readonly name: string;
  readonly title: string;
  readonly categories: readonly {
    readonly name: string;
    readonly types: readonly { readonly name: string; readonly states: readonly string[] }[];
  }[];
  /** For the column that says who or from where: names of fields worth showing in a table. */
  readonly columns: readonly { readonly field: string; readonly title: string }[];
}

/** All of it in the query string; left out: everything. */
export interface EventFilter {
  /** Half-open, by the time the event happened. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly category?: string;
  readonly type?: string;
  readonly state?: string;
  /** Normalised, 0–10. */
  readonly minimumSeverity?: number;
  /** Every word must occur in a value, whatever its case. At most 200 characters. */
  readonly text?: string;
}

/**
 * Newest first from `before` (or from the head); with `after`, for the live tail, oldest first, waiting
 * up to 25 s for an event. A request looks at events for at most about a second: with `next` there is
 * more to look at, even when `events` is empty.
 */
export interface EventQuery extends EventFilter {
  readonly before?: number;
  readonly after?: number;
  /** 1–500, 100 by default. */
  readonly limit?: number;
}

export interface EventPage {
  readonly events: readonly EventRow[];
  /** `before` (or `after`) of the next request; null when there is nothing further that way. */
  readonly next: number | null;
  readonly headPosition: number;
  readonly scan: {
    /** By this request. */
    readonly scannedEvents: number;
    /** How much of what the filter's times allow is behind us, 0–1. */
    readonly share: number;
    /** How far into the past it has looked. */
    readonly reachedMs: number | null;
  };
}

export interface EventRow {
  readonly position: number;
  readonly id: string;
  readonly occurredAtMs: number;
  readonly category: string;
  readonly type: string;
  readonly state: string | null;
  readonly severity: number;
  /** One line of details, cut at 300 characters. */
  readonly summary: string;
  /** In the order of the feed's `columns`. */
  readonly columns: readonly string[];
  readonly isGap: boolean;
}

export interface EventDetail extends EventRow {
  readonly feed: string;
  /** In the order of the feed's table; what the feed does not know comes last. */
  readonly attributes: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly value: string | number | boolean | null;
  }[];
  /** Set when the event was received as a line. */
  readonly original: string | null;
  readonly lines: readonly {
    readonly format: 'cef' | 'syslog' | 'json';
    readonly profile: 'vendor' | 'strict';
    readonly line: string;
  }[];
}

export type DownloadFormat = 'csv' | 'json' | 'cef' | 'syslog';

// Settings

export interface ExportSettingsChange {
  readonly enabled: boolean;
  readonly categories: readonly string[] | 'all';
  /** 1–23. */
  readonly facility: number;
}

export interface ExportSettingsView extends ExportSettingsChange {
  /** False for an edition without the Events API; `editionsWithIt` says which have it. */
  readonly allowedByEdition: boolean;
  readonly editionsWithIt: readonly string[];
  readonly choices: readonly { readonly name: string; readonly types: readonly string[] }[];
  readonly changedAtMs: number | null;
  readonly changedBy: string | null;
}

export interface TokenView {
  readonly email: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly state: 'valid' | 'expired' | 'revoked';
  readonly lastUsedAtMs: number | null;
}

export interface ApiClientView {
  readonly clientId: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
}

export interface ConnectorRequest {
  readonly name: string;
  readonly redirectUrl: string;
  /** Addresses and networks; empty: from anywhere. */
  readonly allowedNetworks: readonly string[];
}

export interface ConnectorView extends ConnectorRequest {
  readonly state: 'requested' | 'enabled' | 'disabled';
  readonly requestedAtMs: number;
  readonly approval: {
    readonly apiId: string;
    readonly approvedAtMs: number;
    readonly siemEnabledAtMs: number;
  } | null;
  /** Newest first; no values. */
  readonly keys: readonly { readonly createdAtMs: number; readonly endsAtMs: number | null }[];
  readonly lastUsedAtMs: number | null;
}

export interface TryStep {
  readonly title: string;
  /** As it would be typed: method, URL, headers, body; secrets masked. */
  readonly request: string;
  /** Status line, the headers that matter, the beginning of the body; secrets masked. */
  readonly answer: string;
  readonly ok: boolean;
  /** What it means. */
  readonly sentence: string;
  readonly elapsedMs: number;
}

// Activity and people

export interface ActivityFilter {
  /** `pulls`: requests for events; `changes`: administrative acts; `sign-ins`. Left out: all. */
  readonly kind?: 'pulls' | 'changes' | 'sign-ins';
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly actor?: string;
  readonly outcome?: 'success' | 'failure';
  readonly text?: string;
}

export interface ActivityQuery extends ActivityFilter {
  /** Pulls of one credential with nothing but pulls between them are told as one entry. */
  readonly folded?: boolean;
  /** `next` of the page before. */
  readonly before?: number;
  /** 1–500, 100 by default. */
  readonly limit?: number;
}

export interface ActivityPage {
  /** Newest first. */
  readonly entries: readonly ActivityEntry[];
  readonly next: number | null;
}

export interface ActivityEntry {
  readonly id: number;
  readonly atMs: number;
  readonly tenant: string | null;
  readonly actor: string;
  /** What people call `actor` when it is the id of an API client or a connector that stands. */
  readonly actorTitle: string | null;
  readonly address: string | null;
  readonly action: string;
  readonly detail: string;
  readonly outcome: 'success' | 'failure';
  readonly kind: 'pulls' | 'changes' | 'sign-ins';
  /** How many pulls this entry tells, of which it is the newest; only when `folded` is asked for. */
  readonly pulls: { readonly count: number; readonly firstMs: number } | null;
}

export interface PersonView {
  readonly email: string;
  readonly role: ConsoleRole;
  readonly tenant: string | null;
  readonly createdAtMs: number;
  /** `invited`: an invitation is open; `no-sign-in`: has no password, may call the APIs by a token. */
  readonly state: 'active' | 'invited' | 'no-sign-in';
  readonly secondFactor: boolean;
  readonly lastSignInMs: number | null;
}

export interface InvitedPerson {
  readonly person: PersonView;
  readonly invitation: { readonly url: string; readonly expiresAtMs: number };
}

// The operator

export interface TenantView {
  readonly id: string;
  readonly title: string;
  readonly edition: Edition;
  readonly enabled: boolean;
  readonly createdAtMs: number;
  readonly exportEnabled: boolean;
  readonly people: number;
  readonly events: number;
  readonly storedBytes: number;
  readonly newestEventMs: number | null;
  readonly lastPullMs: number | null;
}

export interface ConnectorRequestView {
  readonly tenant: string;
  readonly tenantTitle: string;
  readonly connector: ConnectorView;
}

export interface IngestKeyView {
  readonly keyId: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
}

export interface HealthView {
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly ready: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
  }[];
  readonly sources: readonly WorkerView[];
  readonly sinks: readonly WorkerView[];
  readonly process: {
    readonly residentBytes: number;
    readonly cpuShare: number;
    readonly connections: number;
    readonly uptimeMs: number;
  };
  /** Events a receiver refused for good, waiting for somebody to decide. */
  readonly quarantined: readonly { readonly sink: string; readonly events: number }[];
  /** The processes that share the store, and what each of them does alone; none when one has it. */
  readonly nodes: readonly NodeView[];
}

export interface NodeView {
  readonly name: string;
  /** Null when it does not say. */
  readonly startedAtMs: number | null;
  readonly lastSeenMs: number;
  /** False: what it held is taken over, all but what its own disk is needed for. */
  readonly alive: boolean;
  /** `source druva acme/insync`, `housekeeping`. */
  readonly holds: readonly string[];
}

export interface QuarantinedEventView {
  readonly stream: string;
  readonly position: number;
  readonly id: string;
  readonly occurredAtMs: number;
  readonly refusedAtMs: number;
  readonly type: string;
  readonly severity: number;
  /** What the receiver said. */
  readonly reason: string;
  /** As it was sent. */
  readonly line: string;
}

export interface StorageView {
  readonly streams: readonly {
    readonly stream: string;
    readonly events: number;
    readonly headPosition: number;
    readonly storedBytes: number;
    readonly oldestEventMs: number | null;
    readonly newestEventMs: number | null;
  }[];
  readonly totalBytes: number;
  readonly freeBytes: number | null;
  readonly retention: { readonly eventsMs: number; readonly auditMs: number };
}
