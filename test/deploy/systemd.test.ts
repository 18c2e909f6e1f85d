/**
 * Goal: systemd takes the unit and every drop-in without a warning, and finds little that the service
 * could harm. Method: its own tools, offline; systemd itself does not run the service here.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';

const unitFile = 'deploy/systemd/tailrace.service';
const unitText = readFileSync(unitFile, 'utf8');
const dropInDirectory = `${unitFile}.d`;
const dropIns = readdirSync(dropInDirectory);

/** In tenths, as `--threshold` has it: 0 is a service that can do nothing, 100 one that may do all. */
const exposureMax = 15;
const exposureOnPort443Max = 20;

const isMissing = spawnSync('systemd-analyze', ['--version']).error !== undefined;
const skip =
  isMissing && process.env['TAILRACE_TEST_ALL'] !== '1'
    ? 'systemd-analyze of the Debian package systemd is missing'
    : false;

describe('the systemd unit', { skip, timeout: 60_000 }, () => {
  it('is one that systemd understands, alone and with every drop-in', () => {
    for (const chosen of [[], ...dropIns.map((name) => [name]), dropIns]) {
      using unit = installed(chosen);
      assert.equal(analyze('verify', unit.path), '', chosen.join(', '));
    }
  });

  it('leaves the service little that it could harm', () => {
    using unit = installed([]);
    analyze('security', '--offline=true', `--threshold=${exposureMax}`, unit.path);
    using onPort443 = installed(['port-443.conf']);
    const threshold = `--threshold=${exposureOnPort443Max}`;
    analyze('security', '--offline=true', threshold, onPort443.path);
  });

  it('is not started again for what does not get better by itself', () => {
    const { usage, unsound, config } = exitCodes;
    const forGood = [usage, unsound, config].map(({ code }) => code).join(' ');
    assert.ok(unitText.includes(`\nRestart=on-failure\n`));
    assert.ok(unitText.includes(`\nRestartPreventExitStatus=${forGood}\n`), forGood);
  });
});

interface InstalledUnit extends Disposable {
  readonly path: string;
}

/** The unit as if the program were installed: systemd looks whether there is one. */
function installed(chosen: readonly string[]): InstalledUnit {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-unit-'));
  const path = join(root, 'tailrace.service');
  writeFileSync(path, unitText.replaceAll('/usr/bin/node ', `${process.execPath} `));
  mkdirSync(`${path}.d`);
  for (const name of chosen) {
    writeFileSync(join(`${path}.d`, name), readFileSync(join(dropInDirectory, name), 'utf8'));
  }
  return { path, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

/** What `systemd-analyze` has to complain about. */
function analyze(...words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('systemd-analyze', [...words, '--no-pager'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${String(error ?? '')}${stdout}${stderr}`);
  return stderr.trim();
}
