import type { Secret } from '../core/secret.ts';
import type { Actor, Role } from './directory.ts';

/**
 * Who signs in: operators, who belong to no tenant, and the administrators and viewers of tenants.
 * A person is named by an e-mail address, which is unique over all of them and compared without case.
 *
 * | sign-in state | means                                                | becomes                      |
 * | ------------- | ---------------------------------------------------- | ---------------------------- |
 * | no-sign-in    | has no password; may call the APIs with a token      | invited                      |
 * | invited       | an invitation is open; what was good before is still | active, when it is accepted  |
 * | active        | has a password                                       | invited, by a new invitation |
 */
export interface PeopleDirectory {
  /** Those of a tenant, or the operators when it is undefined; by e-mail address. */
  people(tenant: string | undefined): Promise<readonly Person[]>;
  person(email: string): Promise<Person | undefined>;
  /** Operators may be 1,000, and as many the people of a tenant. */
  addPerson(person: NewPerson, actor: Actor): Promise<Person>;
  /** Ends the person's sessions, and the token of who becomes a viewer. */
  changeRole(tenant: string, email: string, role: Role, actor: Actor): Promise<Person>;
  /** Ends the person's sessions and token too. `tenant` is undefined for an operator. */
  removePerson(tenant: string | undefined, email: string, actor: Actor): Promise<void>;

  /**
   * A code that is good once, for 7 days; it ends the one before. What the person signs in with now
   * stays good until it is accepted.
   */
  invite(tenant: string | undefined, email: string, actor: Actor): Promise<NewInvitation>;
  /**
   * An invitation for the first operator, who names the e-mail address. Throws `forbidden` when an
   * operator can sign in already.
   */
  inviteFirstOperator(actor: Actor): Promise<NewInvitation>;
  /** True as long as no operator has a password. */
  isSetUpNeeded(): Promise<boolean>;
  /** Whose it is; undefined when it is wrong, used, replaced or too old. */
  invitation(code: string): Promise<Invitation | undefined>;
  /**
   * Sets the password, takes away the second factor and ends every session. Throws `not_found` for
   * what is no invitation, `input_invalid` for a password of less than 12 characters.
   */
  acceptInvitation(code: string, accepted: AcceptedInvitation, from: Origin): Promise<Person>;

  /** In the same time whether there is such a person or not. Throws `overloaded`. */
  checkPassword(email: string, password: string): Promise<Person | undefined>;
  /** Ends every session but `keptSessionId`. Throws `overloaded`, `input_invalid`. */
  setPassword(
    email: string,
    password: string,
    keptSessionId: string | undefined,
    actor: Actor,
  ): Promise<void>;

  /** A secret in base32 that counts once it is confirmed; the one before counts until then. */
  startTotp(email: string, actor: Actor): Promise<Secret>;
  /** New recovery codes when `code` fits the secret that waits; undefined when it does not. */
  confirmTotp(email: string, code: string, actor: Actor): Promise<readonly string[] | undefined>;
  /** The recovery codes go with it. Throws `not_found` when there is none. */
  removeTotp(email: string, actor: Actor): Promise<void>;
  /** The codes before them end. Throws `not_found` without a second factor. */
  newRecoveryCodes(email: string, actor: Actor): Promise<readonly string[]>;
  /** Uses up six digits or a recovery code: each is good once. Undefined when it is not good. */
  redeemSecondFactor(
    email: string,
    code: string,
    actor: Actor,
  ): Promise<'totp' | 'recovery-code' | undefined>;

  /** Signs in; of one person 50 sessions live at a time, then the oldest goes. */
  startSession(session: NewSession): Promise<StartedSession>;
  /** Undefined when it has ended, or when its person's tenant is disabled. Counts as a visit. */
  session(value: string, life: SessionLife): Promise<Session | undefined>;
  /** Newest first. */
  sessions(email: string, life: SessionLife): Promise<readonly Session[]>;
  /** Throws `not_found` when the person has no such session. */
  endSession(email: string, sessionId: string, actor: Actor): Promise<void>;
  endAllSessions(email: string, actor: Actor): Promise<void>;
  /** Written with the pulls, within a second; `email` is what was typed. */
  recordFailedSignIn(email: string, why: string, from: Origin): Promise<void>;

  /** 32 bytes under which the console's own cookies are signed; the same on every call. */
  consoleKey(): Buffer;
}

export const personRoles = ['viewer', 'administrator', 'operator'] as const;
export type PersonRole = (typeof personRoles)[number];

export interface NewPerson {
  /** Undefined for operators and for nobody else. */
  readonly tenant: string | undefined;
  readonly email: string;
  readonly role: PersonRole;
}

export interface Person extends NewPerson {
  readonly createdAtMs: number;
  readonly hasPassword: boolean;
  readonly isInvited: boolean;
  /** A confirmed second factor. */
  readonly hasTotp: boolean;
  readonly recoveryCodesLeft: number;
  readonly lastSignInMs: number | undefined;
}

export interface NewInvitation {
  readonly code: Secret;
  readonly expiresAtMs: number;
}

export interface Invitation {
  /** Undefined for the first operator, who has no address yet. */
  readonly person: NewPerson | undefined;
  readonly expiresAtMs: number;
}

export interface AcceptedInvitation {
  readonly password: string;
  /** Of the first operator; of nobody else. */
  readonly email?: string | undefined;
}

/** Where a request comes from. */
export interface Origin {
  readonly address: string;
}

export const signInMethods = ['password', 'totp', 'recovery-code', 'provider'] as const;
/** What a session was opened with; `provider` is OpenID Connect. */
export type SignInMethod = (typeof signInMethods)[number];

export interface NewSession {
  readonly email: string;
  readonly method: SignInMethod;
  readonly address: string;
  /** In words: `Firefox on Linux`. */
  readonly userAgent: string;
}

export interface StartedSession {
  /** What the cookie holds; kept as a digest only. */
  readonly value: Secret;
  readonly sessionId: string;
}

export interface SessionLife {
  /** Without a request. */
  readonly idleMs: number;
  /** From the sign-in on. */
  readonly lifeMs: number;
}

export interface Session extends Omit<NewSession, 'email'> {
  readonly sessionId: string;
  readonly person: Person;
  readonly createdAtMs: number;
  /** To the minute. */
  readonly lastSeenAtMs: number;
  /** If nobody comes before. */
  readonly expiresAtMs: number;
}
