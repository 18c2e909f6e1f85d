import assert from 'node:assert/strict';
import { Secret as OtpSecret, TOTP } from 'otpauth';
import type { Directory } from '../../../src/directory/directory.ts';
import type { ManualClock } from '../../../src/testing/manual-clock.ts';
import { ada, actor, groundWithPeople, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

const stepMs = 30_000;

/** What the person's telephone shows. */
function digits(secret: string, atMs: number): string {
  return new TOTP({ secret: OtpSecret.fromBase32(secret) }).generate({ timestamp: atMs });
}

async function enrolled(directory: Directory, clock: ManualClock) {
  const secret = (await directory.startTotp(ada.email, actor)).reveal();
  const code = digits(secret, clock.nowMs());
  const recoveryCodes = await directory.confirmTotp(ada.email, code, actor);
  assert.ok(recoveryCodes);
  clock.advance(stepMs);
  return { secret, recoveryCodes };
}

export const secondFactorContract: DirectoryContract = {
  'counts only once it is confirmed': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { email } = ada;
    assert.equal(await directory.confirmTotp(email, '123456', actor), undefined);
    const secret = (await directory.startTotp(email, actor)).reveal();
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.equal((await directory.person(email))?.hasTotp, false);
    const code = digits(secret, clock.nowMs());
    assert.equal(await directory.redeemSecondFactor(email, code, actor), undefined);
    const wrong = code === '000000' ? '000001' : '000000';
    assert.equal(await directory.confirmTotp(email, wrong, actor), undefined);
    const codes = await directory.confirmTotp(email, code, actor);
    assert.equal(codes?.length, 10);
    assert.equal(new Set(codes).size, 10);
    assert.deepEqual(
      [
        (await directory.person(email))?.hasTotp,
        (await directory.person(email))?.recoveryCodesLeft,
      ],
      [true, 10],
    );
    assert.equal(await directory.redeemSecondFactor(email, code, actor), undefined, 'used up');
  },

  'takes each code once, one step early or late and no later': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { secret } = await enrolled(directory, clock);
    const { email } = ada;
    clock.advance(10 * stepMs);
    const redeem = (atMs: number) =>
      directory.redeemSecondFactor(email, digits(secret, atMs), actor);
    const nowMs = clock.nowMs();
    assert.equal(await redeem(nowMs - 2 * stepMs), undefined);
    assert.equal(await redeem(nowMs + 2 * stepMs), undefined);
    assert.equal(await redeem(nowMs - stepMs), 'totp');
    assert.equal(await redeem(nowMs - stepMs), undefined);
    assert.equal(await redeem(nowMs), 'totp');
    assert.equal(await redeem(nowMs - stepMs), undefined, 'of before the last one');
    const next = digits(secret, nowMs + stepMs);
    const spaced = `${next.slice(0, 3)} ${next.slice(3)}`;
    assert.equal(await directory.redeemSecondFactor(email, spaced, actor), 'totp');
  },

  'lets one of two use the same code at once': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    await using two = await place.open(clock);
    const { secret, recoveryCodes } = await enrolled(directory, clock);
    for (const code of [digits(secret, clock.nowMs()), recoveryCodes[0] ?? '']) {
      const outcomes = await Promise.all(
        [directory, two].map((one) => one.redeemSecondFactor(ada.email, code, actor)),
      );
      assert.equal(outcomes.filter((outcome) => outcome !== undefined).length, 1, code);
    }
  },

  'takes each recovery code once, of its person only': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { recoveryCodes } = await enrolled(directory, clock);
    const [first = '', second = ''] = recoveryCodes;
    const bob = { tenant: 'acme', email: 'bob@example.com', role: 'viewer' } as const;
    await directory.addPerson(bob, actor);
    assert.equal(await directory.redeemSecondFactor(bob.email, first, actor), undefined);
    const typed = ` ${first.toUpperCase().replace('-', ' ')}`;
    assert.equal(await directory.redeemSecondFactor(ada.email, typed, actor), 'recovery-code');
    assert.equal(await directory.redeemSecondFactor(ada.email, first, actor), undefined);
    assert.equal((await directory.person(ada.email))?.recoveryCodesLeft, 9);
    const next = await directory.newRecoveryCodes(ada.email, actor);
    assert.equal(await directory.redeemSecondFactor(ada.email, second, actor), undefined);
    assert.equal(
      await directory.redeemSecondFactor(ada.email, next[0] ?? '', actor),
      'recovery-code',
    );
  },

  'keeps the old secret until the next one is confirmed': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { secret } = await enrolled(directory, clock);
    const next = (await directory.startTotp(ada.email, actor)).reveal();
    const redeem = (some: string) =>
      directory.redeemSecondFactor(ada.email, digits(some, clock.nowMs()), actor);
    assert.equal(await redeem(next), undefined);
    assert.equal(await redeem(secret), 'totp');
    clock.advance(stepMs);
    assert.ok(await directory.confirmTotp(ada.email, digits(next, clock.nowMs()), actor));
    clock.advance(stepMs);
    assert.equal(await redeem(secret), undefined);
    assert.equal(await redeem(next), 'totp');
  },

  'is removed with its recovery codes, by its person or a new invitation': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    await refuses(directory.removeTotp(ada.email, actor), 'not_found');
    await refuses(directory.newRecoveryCodes(ada.email, actor), 'not_found');
    const one = await enrolled(directory, clock);
    await directory.removeTotp(ada.email, actor);
    const [code = ''] = one.recoveryCodes;
    assert.equal(await directory.redeemSecondFactor(ada.email, code, actor), undefined);
    const two = await enrolled(directory, clock);
    const invitation = (await directory.invite('acme', ada.email, actor)).code.reveal();
    const password = 'correct horse battery';
    await directory.acceptInvitation(invitation, { password }, { address: '192.0.2.7' });
    const { hasTotp, recoveryCodesLeft } = (await directory.person(ada.email)) ?? {};
    assert.deepEqual([hasTotp, recoveryCodesLeft], [false, 0]);
    const late = digits(two.secret, clock.nowMs());
    assert.equal(await directory.redeemSecondFactor(ada.email, late, actor), undefined);
  },

  'survives a rotation of the master key': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const { secret } = await enrolled(directory, clock);
    await directory.rotateMasterKey(actor);
    const code = digits(secret, clock.nowMs());
    assert.equal(await directory.redeemSecondFactor(ada.email, code, actor), 'totp');
  },
};
