/** The documents' way to attacks: request a connector, have it approved, pull. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ShiftedClock } from '../../../src/testing/shifted-clock.ts';
import { consoleSkip, openConsoleStand, tenant } from './console-stand.ts';
import type { ConsoleStand } from './console-stand.ts';
import { copySnippet } from './copy-snippet.ts';
import { postEvents } from './post-events.ts';
import { SnippetFolder, snippetSkip } from './run-snippet.ts';

const name = 'SOC Splunk';
const hourMs = 3_600_000;

describe('a connector', { skip: consoleSkip || snippetSkip }, () => {
  let stand: ConsoleStand;
  before(async () => {
    // An hour passes after the approval: attacks are served from then on.
    stand = await openConsoleStand({}, { clock: new ShiftedClock(Date.now() - hourMs) });
  });
  after(() => stand[Symbol.asyncDispose]());

  it('is requested, approved by the operator, tried, and pulls with curl and Python', async () => {
    const page = await stand.openAs('administrator', '/settings/siem');
    await page.getByText('No connector yet').waitFor();
    await page.getByRole('button', { name: 'Request a connector' }).click();
    const request = page.getByRole('dialog', { name: 'Request a connector' });
    await request.getByLabel('Connector name').fill(name);
    await request
      .getByRole('textbox', { name: 'Redirect URL' })
      .fill('https://soc.example.com/callback');
    await request.getByLabel('Allowed addresses').fill('127.0.0.1\nnonsense');
    await request.getByRole('button', { name: 'Request', exact: true }).click();
    await request
      .getByText(/nonsense/)
      .last()
      .waitFor();
    await request.getByLabel('Allowed addresses').fill('127.0.0.1\n192.0.2.0/24');
    await request.getByRole('button', { name: 'Request', exact: true }).click();
    await page.getByText('Waiting for approval').waitFor();

    const operator = await stand.openAs('operator', '/operator/requests');
    await operator.getByText(name).first().waitFor();
    await operator
      .getByRole('button', { name: /approve/i })
      .first()
      .click();
    const dialog = operator.getByRole('dialog');
    await dialog.getByRole('button', { name: /approve/i }).click();
    await dialog.waitFor({ state: 'hidden' });

    await page.getByText('Enabled', { exact: true }).waitFor({ timeout: 30_000 });
    const { approval } = await stand.directory.connector(tenant, name);
    await page
      .getByText(approval?.apiId ?? 'no API ID', { exact: true })
      .first()
      .waitFor();

    stand.clock.advance(hourMs);
    await postEvents(stand, 'apptrana', attack(stand.clock.nowMs() - 4 * 60_000));
    await page.getByRole('button', { name: 'Try it' }).click();
    const trial = page.getByRole('dialog', { name: `Try ${name}` });
    await trial.getByText('All steps worked').waitFor();
    await trial.getByRole('button', { name: 'Close', exact: true }).last().click();

    await page.getByRole('switch', { name: 'Put the key into the text' }).click();
    await using folder = await SnippetFolder.create();
    assert.match(await folder.run('bash', await copySnippet(page, 'curl')), /"ruleId":"942100"/);
    assert.match(await folder.run('python3', await copySnippet(page, 'Python')), /942100/);
  });

  it('is changed, and what was typed and not saved goes with the dialog', async () => {
    const page = await stand.openAs('administrator', '/settings/siem');
    const dialog = page.getByRole('dialog', { name: `Change ${name}` });
    const url = dialog.getByRole('textbox', { name: 'Redirect URL' });
    for (const leave of ['Cancel', 'Escape']) {
      await page.getByRole('button', { name: 'Change' }).click();
      await url.fill('https://wrong.example.com/');
      if (leave === 'Escape') await page.keyboard.press(leave);
      else await dialog.getByRole('button', { name: leave }).click();
      await dialog.waitFor({ state: 'hidden' });
    }
    await page.getByRole('button', { name: 'Change' }).click();
    assert.equal(await url.inputValue(), 'https://soc.example.com/callback');
    await url.fill('https://soc.example.com/changed');
    await page.reload();
    await page.getByRole('dialog', { name: `Change ${name}` }).waitFor();
    assert.equal(await url.inputValue(), 'https://soc.example.com/changed');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const { redirectUrl } = await stand.directory.connector(tenant, name);
    assert.equal(redirectUrl, 'https://soc.example.com/changed');
  });

  it('is rotated with an overlap, disabled, enabled and deleted, each with its consequence', async () => {
    const page = await stand.openAs('administrator', '/settings/siem');
    const first = (await stand.directory.connector(tenant, name)).keys[0]?.value.reveal();
    await page.getByRole('button', { name: 'Rotate the key' }).click();
    await page.getByRole('radio', { name: 'After an hour' }).check();
    await page.getByRole('button', { name: 'Rotate', exact: true }).click();
    await page.getByText('The key before it is good until').waitFor();
    const { keys } = await stand.directory.connector(tenant, name);
    assert.equal(keys.length, 2);
    assert.equal(keys[1]?.value.reveal(), first);
    await page.getByRole('button', { name: 'Show the key' }).click();
    await page.getByText(keys[0]?.value.reveal() ?? '', { exact: true }).waitFor();

    await page.getByRole('button', { name: 'Disable' }).click();
    const disable = page.getByRole('dialog', { name: `Disable ${name}?` });
    await disable.getByText('Its access tokens end at once').waitFor();
    await disable.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByText('The connector is enabled.').waitFor();

    await page.getByRole('button', { name: 'Delete' }).click();
    const deletion = page.getByRole('dialog', { name: `Delete ${name}?` });
    const confirm = deletion.getByRole('button', { name: 'Delete' });
    assert.ok(await confirm.isDisabled());
    await deletion.getByRole('textbox').fill(name);
    await confirm.click();
    await page.getByText('No connector yet').waitFor();
    assert.deepEqual(await stand.directory.connectors(tenant), []);
  });
});

function attack(attackTimeMs: number): string {
  return JSON.stringify({
    attackerIP: '192.0.2.7',
    attackerGeo: 'IN',
    severity: 2,
    eventType: 'Block',
    attackTime: new Date(attackTimeMs).toISOString(),
    attackUri: '/search?q=1',
    category: 'SQL Injection',
    ruleId: '942100',
    requestId: `XDgvJ11cQNtD@oi4v${attackTimeMs}`,
    ruleName: 'SQL Injection Attack Detected',
    hostName: 'www.example.com',
    websiteName: 'www.example.com',
  });
}
