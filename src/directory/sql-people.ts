import type { Secret } from '../core/secret.ts';
import type { DirectoryParts } from './change.ts';
import type { Actor, Role } from './directory.ts';
import * as invitations from './invitations.ts';
import type * as people from './people.ts';
import * as persons from './persons.ts';
import type { PullRecorder } from './pull-recorder.ts';
import * as secondFactor from './second-factor.ts';
import * as sessions from './sessions.ts';
import * as signIn from './sign-in.ts';

/** The people of `SqlDirectory`; what each method does stands in its file. */
export class SqlPeople implements people.PeopleDirectory {
  readonly #parts: DirectoryParts;
  readonly #pulls: PullRecorder;

  constructor(parts: DirectoryParts, pulls: PullRecorder) {
    this.#parts = parts;
    this.#pulls = pulls;
  }

  people(tenant: string | undefined): Promise<readonly people.Person[]> {
    return persons.people(this.#parts, tenant);
  }

  person(email: string): Promise<people.Person | undefined> {
    return persons.findPerson(this.#parts, this.#parts.database.reader, email);
  }

  addPerson(person: people.NewPerson, actor: Actor): Promise<people.Person> {
    return persons.addPerson(this.#parts, person, actor);
  }

  changeRole(tenant: string, email: string, role: Role, actor: Actor): Promise<people.Person> {
    return persons.changeRole(this.#parts, tenant, email, role, actor);
  }

  removePerson(tenant: string | undefined, email: string, actor: Actor): Promise<void> {
    return persons.removePerson(this.#parts, tenant, email, actor);
  }

  invite(tenant: string | undefined, email: string, actor: Actor): Promise<people.NewInvitation> {
    return invitations.invite(this.#parts, tenant, email, actor);
  }

  inviteFirstOperator(actor: Actor): Promise<people.NewInvitation> {
    return invitations.inviteFirstOperator(this.#parts, actor);
  }

  isSetUpNeeded(): Promise<boolean> {
    return invitations.isSetUpNeeded(this.#parts.database.reader);
  }

  invitation(code: string): Promise<people.Invitation | undefined> {
    return invitations.invitation(this.#parts, code);
  }

  acceptInvitation(
    code: string,
    accepted: people.AcceptedInvitation,
    from: people.Origin,
  ): Promise<people.Person> {
    return invitations.acceptInvitation(this.#parts, code, accepted, from);
  }

  checkPassword(email: string, password: string): Promise<people.Person | undefined> {
    return signIn.checkPassword(this.#parts, email, password);
  }

  setPassword(
    email: string,
    password: string,
    keptSessionId: string | undefined,
    actor: Actor,
  ): Promise<void> {
    return signIn.setPassword(this.#parts, email, password, keptSessionId, actor);
  }

  startTotp(email: string, actor: Actor): Promise<Secret> {
    return secondFactor.startTotp(this.#parts, email, actor);
  }

  confirmTotp(email: string, code: string, actor: Actor): Promise<readonly string[] | undefined> {
    return secondFactor.confirmTotp(this.#parts, email, code, actor);
  }

  removeTotp(email: string, actor: Actor): Promise<void> {
    return secondFactor.removeTotp(this.#parts, email, actor);
  }

  newRecoveryCodes(email: string, actor: Actor): Promise<readonly string[]> {
    return secondFactor.newRecoveryCodes(this.#parts, email, actor);
  }

  redeemSecondFactor(
    email: string,
    code: string,
    actor: Actor,
  ): Promise<'totp' | 'recovery-code' | undefined> {
    return secondFactor.redeemSecondFactor(this.#parts, email, code, actor);
  }

  startSession(session: people.NewSession): Promise<people.StartedSession> {
    return sessions.startSession(this.#parts, session);
  }

  session(value: string, life: people.SessionLife): Promise<people.Session | undefined> {
    return sessions.session(this.#parts, value, life);
  }

  sessions(email: string, life: people.SessionLife): Promise<readonly people.Session[]> {
    return sessions.sessions(this.#parts, email, life);
  }

  endSession(email: string, sessionId: string, actor: Actor): Promise<void> {
    return sessions.endSession(this.#parts, email, sessionId, actor);
  }

  endAllSessions(email: string, actor: Actor): Promise<void> {
    return sessions.endAllSessions(this.#parts, email, actor);
  }

  async recordFailedSignIn(email: string, why: string, from: people.Origin): Promise<void> {
    this.#pulls.recordEntry(await signIn.failedSignIn(this.#parts, email, why, from));
  }

  consoleKey(): Buffer {
    return this.#parts.keyring.consoleKey.export();
  }
}
