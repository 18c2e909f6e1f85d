import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const machineTimeoutMs = 120_000;
const container =
  '--quiet --directory=/ --volatile=yes --register=no --keep-unit --private-network --console=pipe'.split(
    ' ',
  );

/** Why no machine can be started here, unless all tests have to run. */
export const noMachine = process.env['TAILRACE_TEST_ALL'] === '1' ? false : whyNoMachine();

function whyNoMachine(): string | false {
  const name = machineName('trial');
  const { error, status } = spawnSync('systemd-nspawn', [...container, name.option, 'true']);
  name.forget();
  if (error) return 'systemd-nspawn of the Debian package systemd-container is missing';
  return status === 0 ? false : 'systemd-nspawn may not make a container here';
}

function machineName(purpose: string) {
  const name = `tailrace-${purpose}-${process.pid}`;
  return {
    option: `--machine=${name}`,
    /** Where /run is no tmpfs, systemd-nspawn leaves an empty directory there. */
    forget: () => {
      rmSync(`/run/systemd/nspawn/propagate/${name}`, { recursive: true, force: true });
    },
  };
}

/**
 * Boots systemd in a container that has this host's /usr, an empty /etc and no network but its own
 * loopback, lets it run `script` in bash as root, and gives what that has printed when the machine is
 * gone. `mounts` are read-only, by their place in the machine.
 */
export async function runInMachine(
  root: string,
  script: string,
  mounts: Readonly<Record<string, string>>,
): Promise<string> {
  const proof = join(root, 'proof');
  mkdirSync(proof);
  const unit = join(root, 'proof.service');
  writeFileSync(join(proof, 'script'), `exec >/proof/output 2>&1\n${script}`);
  writeFileSync(
    unit,
    '[Service]\nType=oneshot\nExecStart=/bin/bash /proof/script\n' +
      'ExecStopPost=/bin/systemctl --force poweroff\n',
  );
  const name = machineName('proof');
  const own = { '/run/systemd/system/proof.service': unit, ...mounts };
  const words = [
    ...container,
    '--boot',
    name.option,
    ...Object.entries(own).map(([there, here]) => `--bind-ro=${here}:${there}`),
    `--bind=${proof}:/proof`,
    'systemd.unit=proof.service',
    'systemd.firstboot=no',
    // There is no network to wait for.
    'systemd.mask=systemd-networkd-wait-online.service',
  ];
  const said = await output('systemd-nspawn', words);
  name.forget();
  const file = join(proof, 'output');
  if (!existsSync(file)) throw new Error(`the machine did not start: ${said}`);
  return readFileSync(file, 'utf8');
}

function output(command: string, words: readonly string[]): Promise<string> {
  const child = spawn(command, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: machineTimeoutMs,
    killSignal: 'SIGKILL',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', () => resolve(said));
  });
}
