import type { Command } from 'commander';
import { z } from 'zod';
import { durationMs } from '../../core/quantity.ts';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';
import { moment, parseOptions } from '../options.ts';
import { systemClock } from '../system-clock.ts';
import { answerWithKeys, answerWithoutKeys } from './connector-answer.ts';

const rotateOptions = z.object({ overlap: durationMs.default(86_400_000) });

export function approveConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'approve <tenant> <name>',
    description: 'Approve a requested connector: it gets its API ID and key and works from now on.',
    examples: [
      'connector approve acme "SOC Splunk"',
      'connector approve acme "SOC Splunk" --attacks-since 2026-11-01 --json',
    ],
  })
    .option(
      '--attacks-since <time>',
      'serve attacks from then on, such as 2026-11-01 or 7d (default: as for other connectors of the tenant, or now)',
    )
    .action(async (tenant: string, name: string, options: unknown) => {
      const attacksSince = moment(systemClock.nowMs()).optional();
      const parsed = parseOptions(z.object({ attacksSince }), options);
      const approval = { siemEnabledAtMs: parsed.attacksSince };
      await operate(invocation, options, async ({ directory, actor }) =>
        answerWithKeys(await directory.approveConnector(tenant, name, approval, actor)),
      );
    });
}

export function rotateConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'rotate <tenant> <name>',
    description: 'Give a connector a new key; the one before stays good for a while.',
    examples: [
      'connector rotate acme "SOC Splunk"',
      'connector rotate acme "SOC Splunk" --overlap 0s',
    ],
  })
    .option(
      '--overlap <duration>',
      'how long the key before and its access tokens stay good, at most 30d; 0s when it has leaked (default: 24h)',
    )
    .action(async (tenant: string, name: string, options: unknown) => {
      const { overlap } = parseOptions(rotateOptions, options);
      await operate(invocation, options, async ({ directory, actor }) =>
        answerWithKeys(await directory.rotateConnectorKey(tenant, name, overlap, actor)),
      );
    });
}

export function disableConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'disable <tenant> <name>',
    description: 'Let a connector in no more, until it is enabled; its access tokens end at once.',
    examples: ['connector disable acme "SOC Splunk"'],
  }).action(setEnabled(invocation, false));
}

export function enableConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'enable <tenant> <name>',
    description: 'Let a disabled connector in again, with the same API ID and key.',
    examples: ['connector enable acme "SOC Splunk"'],
  }).action(setEnabled(invocation, true));
}

function setEnabled(invocation: Invocation, enabled: boolean) {
  return async (tenant: string, name: string, options: unknown): Promise<void> => {
    await operate(invocation, options, async ({ directory, actor }) =>
      answerWithoutKeys(await directory.setConnectorEnabled(tenant, name, enabled, actor)),
    );
  };
}
