import assert from 'node:assert/strict';
import { ada, actor, dayMs, groundWithPeople, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';
import { actions, life, password, sessionOf } from './people.ts';

const minuteMs = 60_000;

export const sessionContract: DirectoryContract = {
  'knows a session by its value until it is ended': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    await using two = await place.open(clock);
    const { value, sessionId } = await directory.startSession(sessionOf('ADA@example.com'));
    const session = await two.session(value.reveal(), life);
    const { idleMs } = life;
    const nowMs = clock.nowMs();
    assert.deepEqual(session, {
      sessionId,
      person: { ...(await directory.person(ada.email)), lastSignInMs: nowMs },
      method: 'password',
      address: '192.0.2.7',
      userAgent: 'Firefox on Linux',
      createdAtMs: nowMs,
      lastSeenAtMs: nowMs,
      expiresAtMs: nowMs + idleMs,
    });
    for (const wrong of ['', sessionId, `${value.reveal()}x`, value.reveal().toLowerCase()]) {
      assert.equal(await directory.session(wrong, life), undefined);
    }
    await two.endSession(ada.email, sessionId, actor);
    assert.equal(await directory.session(value.reveal(), life), undefined);
    await refuses(directory.endSession(ada.email, sessionId, actor), 'not_found');
    assert.deepEqual((await actions(directory, 'acme')).slice(0, 2), [
      'ended a session',
      'signed in',
    ]);
  },

  'lets a session go when nobody comes, and at its end whoever comes': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const idle = (await directory.startSession(sessionOf(ada.email))).value.reveal();
    const busy = (await directory.startSession(sessionOf(ada.email))).value.reveal();
    const stepMs = life.idleMs - minuteMs;
    for (let passedMs = stepMs; passedMs < life.lifeMs; passedMs += stepMs) {
      clock.advance(stepMs);
      assert.ok(await directory.session(busy, life), `gone after ${passedMs} ms`);
    }
    assert.equal(await directory.session(idle, life), undefined);
    assert.equal((await directory.sessions(ada.email, life)).length, 1);
    clock.advance(stepMs);
    assert.equal(await directory.session(busy, life), undefined);
  },

  'writes a visit down once a minute': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const value = (await directory.startSession(sessionOf(ada.email))).value.reveal();
    const startMs = clock.nowMs();
    clock.advance(minuteMs - 1);
    assert.equal((await directory.session(value, life))?.lastSeenAtMs, startMs);
    clock.advance(1);
    assert.equal((await directory.session(value, life))?.lastSeenAtMs, startMs + minuteMs);
    const [listed] = await directory.sessions(ada.email, life);
    assert.equal(listed?.lastSeenAtMs, startMs + minuteMs);
  },

  'keeps 50 sessions of a person, and lets the oldest go': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const values: string[] = [];
    for (let index = 0; index < 52; index += 1) {
      values.push((await directory.startSession(sessionOf(ada.email))).value.reveal());
      clock.advance(1);
    }
    const open = await directory.sessions(ada.email, life);
    assert.equal(open.length, 50);
    assert.ok((open[0]?.createdAtMs ?? 0) > (open[1]?.createdAtMs ?? 0), 'newest first');
    assert.equal(await directory.session(values[1] ?? '', life), undefined);
    assert.ok(await directory.session(values[2] ?? '', life));
  },

  'ends all sessions of one person, or all but one with a new password': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const bob = { tenant: 'acme', email: 'bob@example.com', role: 'viewer' } as const;
    await directory.addPerson(bob, actor);
    const bobs = await directory.startSession(sessionOf(bob.email));
    const one = await directory.startSession(sessionOf(ada.email));
    const two = await directory.startSession(sessionOf(ada.email));
    await refuses(directory.endSession(ada.email, bobs.sessionId, actor), 'not_found');
    await directory.setPassword(ada.email, password, two.sessionId, actor);
    assert.equal(await directory.session(one.value.reveal(), life), undefined);
    assert.ok(await directory.session(two.value.reveal(), life));
    await directory.endAllSessions(ada.email, actor);
    assert.equal(await directory.session(two.value.reveal(), life), undefined);
    assert.ok(await directory.session(bobs.value.reveal(), life));
  },

  'lets no session of a disabled tenant in': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const value = (await directory.startSession(sessionOf(ada.email))).value.reveal();
    await directory.setTenantEnabled('acme', false, actor);
    assert.equal(await directory.session(value, life), undefined);
    await directory.setTenantEnabled('acme', true, actor);
    assert.ok(await directory.session(value, life));
  },

  'records who could not sign in, of whichever tenant, without what was no address': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const from = { address: '203.0.113.9' };
    await directory.recordFailedSignIn('ADA@example.com', 'wrong password', from);
    await directory.recordFailedSignIn('nobody@example.com', 'wrong password', from);
    await directory.recordFailedSignIn('my secret password', 'wrong password', from);
    const trail = (await directory.auditTrail(undefined, 3)).map(
      ({ tenant, actor: who, action, outcome }) => [tenant, who.name, who.address, action, outcome],
    );
    const rest = [from.address, 'could not sign in', 'failure'];
    assert.deepEqual(trail.toReversed(), [
      ['acme', 'ADA@example.com', ...rest],
      [undefined, 'nobody@example.com', ...rest],
      [undefined, '(no e-mail address)', ...rest],
    ]);
  },

  'drops dead sessions and invitations with the old audit entries': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { value } = await directory.startSession(sessionOf(ada.email));
    await directory.invite('acme', ada.email, actor);
    const endless = { idleMs: Infinity, lifeMs: Infinity };
    clock.advance(300 * dayMs);
    await directory.trimAudit(0);
    assert.ok(await directory.session(value.reveal(), endless));
    clock.advance(366 * dayMs);
    await directory.trimAudit(0);
    assert.equal(await directory.session(value.reveal(), endless), undefined);
  },
};
