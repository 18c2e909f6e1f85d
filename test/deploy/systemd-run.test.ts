/**
 * Goal: the unit does what docs/OPERATIONS.md says, under systemd itself: the service starts with all
 * that it is denied, works, is reloaded, comes back after a crash, stops, and stays down with a
 * configuration that is wrong. Method: systemd boots in a container, and a script takes the manual's
 * steps there. The machine has no `kill` program, as the smallest installations do not.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { installProgram } from '../../scripts/install-program.ts';
import { sampleBatch } from '../../src/testing/export-service.ts';
import { noMachine, runInMachine } from './systemd-machine.ts';

const config = `
dataDirectory: /var/lib/tailrace
masterKey: { file: /run/credentials/tailrace.service/secret_master-key }
serve: { listen: 127.0.0.1:8480 }
sinks:
  - { name: files, type: file, format: cef, directory: /var/spool/siem, rollEvery: 100ms }
`;

/** Prints `name: value`, one a line, for what the tests look at. */
const script = String.raw`
export TAILRACE_CONFIG=/etc/tailrace/tailrace.yaml
tailrace() { setpriv --reuid=tailrace --regid=tailrace --clear-groups /opt/node /opt/tailrace/cli/main.js "$@"; }
is() { systemctl show tailrace --property "$1" --value; }
say() { echo "$1: $2"; }
eventually() { local until=$((SECONDS + 20)); while [ $SECONDS -lt $until ]; do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; false; }
answers() { /opt/node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "http://127.0.0.1:$1/readyz"; }
drop_in() { install -D -m 0644 "$1" "/etc/systemd/system/tailrace.service.d/$(basename "$1")"; }

install -D -m 0644 /deploy/tailrace.sysusers.conf /etc/sysusers.d/tailrace.conf
systemd-sysusers
install -d -o root -g tailrace -m 0750 /etc/tailrace
install -d -m 0700 /etc/tailrace/secrets
head -c 32 /dev/urandom | base64 >/etc/tailrace/secrets/master-key
install -o root -g tailrace -m 0640 /given/tailrace.yaml /etc/tailrace/tailrace.yaml
install -d -o tailrace -g tailrace -m 2750 /var/spool/siem
install -D -m 0644 /given/tailrace.service /etc/systemd/system/tailrace.service
drop_in /deploy/tailrace.service.d/published-files.conf
systemctl daemon-reload
systemctl start tailrace
eventually answers 8480; say ready $?

pid=$(is MainPID)
say user "$(stat -c %U /proc/$pid)"
for right in CapEff CapBnd NoNewPrivs Seccomp; do say $right "$(sed -n "s/^$right:\t*//p" /proc/$pid/status)"; done
say exposure "$(systemd-analyze security tailrace --no-pager | grep -o 'level for .*' | grep -o '[0-9]*\.[0-9]')"

tailrace tenant create acme >/dev/null
tailrace export-settings set acme --enable >/dev/null
key=$(tailrace ingest-key create acme --json | /opt/node -p 'JSON.parse(require("fs").readFileSync(0)).key')
say ingest "$(/opt/node -e 'fetch("http://127.0.0.1:8480/ingest/v1/acme/insync", { method: "POST", headers: { authorization: "Bearer " + process.argv[1], "content-type": "application/x-ndjson" }, body: require("fs").readFileSync("/given/events") }).then((r) => console.log(r.status))' "$key")"
# Beside what is done to the tenant, which is published too.
lines() { cat /var/spool/siem/*.cef | grep -c 'event number'; }
published() { [ "$(lines)" -ge 5 ]; }
eventually published
say lines "$(lines)"
say mode "$(stat -c '%a %U %G' /var/spool/siem/*.cef | sort -u)"

systemctl reload tailrace; say reload $?
reloaded() { journalctl --unit tailrace --output cat | grep -q '"msg":"configuration read again'; }
eventually reloaded; say reloaded $?

builtin kill -KILL $(is MainPID)
restarted() { [ "$(is NRestarts)" = 1 ] && answers 8480; }
eventually restarted; say 'ready after kill' $?
systemctl stop tailrace
say stopped "$(is Result) $(is ExecMainStatus)"

drop_in /deploy/tailrace.service.d/port-443.conf
sed -i 's/:8480/:443/' /etc/tailrace/tailrace.yaml
systemctl daemon-reload
systemctl start tailrace
eventually answers 443; say 'port 443' $?
systemctl stop tailrace

echo 'nonsense: 1' >>/etc/tailrace/tailrace.yaml
systemctl start tailrace
failed() { [ "$(is ActiveState)" = failed ]; }
eventually failed
say 'wrong configuration' "$(is ActiveState) $(is ExecMainStatus) $(is NRestarts)"
journalctl --unit tailrace --output cat
`;

describe('the service under systemd', { skip: noMachine, timeout: 300_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-machine-'));
  let output = '';
  let said = new Map<string, string>();

  before(async () => {
    await using program = await installProgram();
    const deploy = resolve('deploy/systemd');
    const unit = readFileSync(join(deploy, 'tailrace.service'), 'utf8')
      .replaceAll('/usr/bin/node ', '/opt/node ')
      .replace('RestartSec=10s', 'RestartSec=100ms');
    const given = { 'tailrace.service': unit, 'tailrace.yaml': config, events: sampleBatch(5) };
    const nothing = join(root, 'nothing');
    writeFileSync(nothing, '', { mode: 0o644 });
    const mounts = {
      ...(existsSync('/usr/bin/kill') && { '/usr/bin/kill': nothing }),
      '/opt/node': process.execPath,
      '/opt/tailrace': program.folder,
      '/deploy': deploy,
      ...Object.fromEntries(
        Object.entries(given).map(([name, content]) => {
          const path = join(root, name);
          writeFileSync(path, content);
          return [`/given/${name}`, path];
        }),
      ),
    };
    output = await runInMachine(root, script, mounts);
    said = new Map(
      [...output.matchAll(/^([A-Za-z][\w ]*): (.*)$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
  });
  after(() => rmSync(root, { recursive: true }));

  const says = (facts: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(facts)) {
      assert.equal(said.get(name), value, `${name}\n${output}`);
    }
  };

  it('starts as a user of its own, without any right', () => {
    says({ ready: '0', user: 'tailrace', NoNewPrivs: '1', Seccomp: '2' });
    says({ CapEff: '0000000000000000', CapBnd: '0000000000000000' });
    assert.ok(Number(said.get('exposure')) <= 1.5, output);
  });

  it('takes events with its secrets from systemd, and publishes where it may', () => {
    says({ ingest: '200', lines: '5', mode: '640 tailrace tailrace' });
  });

  it('is reloaded', () => says({ reload: '0', reloaded: '0' }));

  it('is there again after a crash, and stops in order', () => {
    says({ 'ready after kill': '0', stopped: 'success 0' });
  });

  it('gets port 443 by its drop-in', () => says({ 'port 443': '0' }));

  it('stays down with a wrong configuration', () => {
    says({ 'wrong configuration': 'failed 4 0' });
  });
});
