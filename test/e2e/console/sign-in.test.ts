/** Signing in with everything that belongs to it, in a browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TOTP } from 'otpauth';
import {
  clipboard,
  consoleSkip,
  openConsoleStand,
  password,
  people,
  signIn,
} from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';

describe('signing in', { skip: consoleSkip }, () => {
  let stand: ConsoleStand;
  before(async () => (stand = await openConsoleStand()));
  after(() => stand[Symbol.asyncDispose]());

  it('leads to where one wanted to go, and nowhere outside', async () => {
    const page = await stand.open('/settings/siem');
    await page.waitForURL('**/sign-in?returnTo=%2Fsettings%2Fsiem');
    await signIn(page, people.administrator);
    await page.getByRole('heading', { name: 'SIEM Integration', level: 1 }).waitFor();

    for (const elsewhere of [
      '//evil.example.com',
      'https://evil.example.com/',
      '/\\evil.example.com',
    ]) {
      const lured = await stand.open(`/sign-in?returnTo=${encodeURIComponent(elsewhere)}`);
      await signIn(lured, people.administrator);
      await lured.waitForURL('**/overview');
      assert.equal(new URL(lured.url()).origin, stand.baseUrl);
    }
  });

  it('says that the pair is wrong, not which half', async () => {
    const page = await stand.open('/sign-in');
    await signIn(page, 'nobody@example.com', 'whatever it is');
    const unknown = await page.getByRole('alert').textContent();
    await signIn(page, people.viewer, 'whatever it is');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByRole('alert').textContent(), unknown);
    assert.match(unknown ?? '', /wrong/);
  });

  it('counts down while it is locked out, and lets in afterwards', async () => {
    await using strict = await openConsoleStand({ rateLimits: { failuresBeforeLockout: 2 } });
    const page = await strict.open('/sign-in');
    const countdown = page.getByText(/You can try again in \d+:\d\d/);
    // Each refusal brings the lockout closer.
    for (let attempt = 0; !(await countdown.isVisible()); attempt += 1) {
      assert.ok(attempt < 10, 'no lockout after ten wrong passwords');
      const answered = page.waitForResponse('**/console/api/sign-in');
      await signIn(page, people.administrator, `wrong password ${attempt}`);
      if ((await answered).status() === 429) await countdown.waitFor();
    }
    assert.ok(await page.getByRole('button', { name: 'Sign in', exact: true }).isDisabled());

    strict.clock.advance(3_600_000);
    await page.reload();
    await signIn(page, people.administrator);
    await page.waitForURL('**/overview');
  });

  it('takes a second factor once it is set up, and each recovery code once', async () => {
    const page = await stand.openAs('viewer', '/profile');
    await page.getByRole('button', { name: 'Set it up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Password' }).fill(password);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.getByRole('img', { name: 'QR code of the secret' }).waitFor();
    await dialog.getByRole('button', { name: 'Copy the secret' }).click();
    const secret = await clipboard(page);
    const totp = new TOTP({ secret });
    await dialog
      .getByRole('textbox', { name: 'Code' })
      .fill(totp.generate({ timestamp: stand.clock.nowMs() }));
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByRole('button', { name: 'Copy all recovery codes' }).click();
    const codes = (await clipboard(page)).split('\n');
    assert.ok(codes.length >= 8, `${codes.length} recovery codes`);
    await dialog.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText(`${codes.length} recovery codes left.`).waitFor();

    stand.clock.advance(60_000); // a code is good once, the next step has another
    const second = await stand.open('/sign-in');
    await signIn(second, people.viewer);
    await second
      .getByLabel('Code of your authenticator app')
      .fill(totp.generate({ timestamp: stand.clock.nowMs() }));
    await second.getByRole('button', { name: 'Confirm' }).click();
    await second.waitForURL('**/overview');

    for (const [attempt, isGood] of [true, false].entries()) {
      const third = await stand.open('/sign-in');
      await signIn(third, people.viewer);
      await third.getByRole('button', { name: 'Use a recovery code instead' }).click();
      await third.getByLabel('Recovery code').fill(codes[0] ?? '');
      await third.getByRole('button', { name: 'Confirm' }).click();
      if (isGood) await third.waitForURL('**/overview');
      else await third.getByRole('alert').waitFor();
      assert.equal(third.url().endsWith('/overview'), isGood, `attempt ${attempt + 1}`);
    }
  });

  it('ends everywhere at once when one says so', async () => {
    const [here, there] = await Promise.all([
      stand.openAs('operator', '/profile'),
      stand.openAs('operator', '/profile'),
    ]);
    await here.getByRole('button', { name: 'Sign out everywhere' }).first().click();
    await here.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await here.waitForURL('**/sign-in');
    await there.reload();
    await there.waitForURL('**/sign-in?**');
  });
});
