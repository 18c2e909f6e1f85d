import type { Command } from 'commander';
import { z } from 'zod';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';
import { parseOptions } from '../options.ts';
import { printTable } from '../print.ts';
import { answerWithKeys, answerWithoutKeys, connectorJson } from './connector-answer.ts';

const requestOptions = z.object({
  redirectUrl: z.string('given: where authorization codes are sent'),
  allow: z.array(z.string()).default([]),
});
const changeOptions = z.object({
  redirectUrl: z.string().optional(),
  allow: z.array(z.string()).optional(),
  allowEverywhere: z.boolean().default(false),
});

const urlText = 'where authorization codes are sent: https, or http on this machine';
const allowText = 'an address or network that requests may come from; may be given again';

export function requestConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'request <tenant> <name>',
    description: 'Ask for a connector to the SIEM API for a customer; it works once approved.',
    examples: [
      'connector request acme "SOC Splunk" --redirect-url https://siem.example.com/callback',
      'connector request acme lab --redirect-url http://127.0.0.1:8080/ --allow 192.0.2.0/24 --allow 2001:db8::/32',
    ],
  })
    .option('--redirect-url <url>', urlText)
    .option('--allow <network...>', allowText)
    .action(async (tenant: string, name: string, options: unknown) => {
      const { redirectUrl, allow } = parseOptions(requestOptions, options);
      const wanted = { name, redirectUrl, allowedNetworks: allow };
      await operate(invocation, options, async ({ directory, actor }) =>
        answerWithoutKeys(await directory.requestConnector(tenant, wanted, actor)),
      );
    });
}

export function listConnectors(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'list <tenant>',
    description: "List a tenant's connectors, requested ones too, without their keys.",
    examples: ['connector list acme', 'connector list acme --json'],
  }).action(async (tenant: string, options: unknown) => {
    await operate(invocation, options, async ({ directory }) => {
      const connectors = await directory.connectors(tenant);
      const rows = connectors.map(({ name, state, approval, allowedNetworks, redirectUrl }) => [
        name,
        state,
        approval?.apiId ?? '-',
        allowedNetworks.length === 0 ? 'everywhere' : allowedNetworks.join(', '),
        redirectUrl,
      ]);
      const headings = ['NAME', 'STATE', 'API ID', 'ALLOWED FROM', 'REDIRECT URL'];
      return {
        json: connectors.map(connectorJson),
        text: (screen) => printTable(screen, headings, rows),
      };
    });
  });
}

export function showConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'show <tenant> <name>',
    description: 'Show what the customer sees under API Integration: name, API ID, key.',
    examples: ['connector show acme "SOC Splunk"', 'connector show acme "SOC Splunk" --json'],
  }).action(async (tenant: string, name: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      const connector = await directory.connector(tenant, name);
      if (connector.keys.length > 0) {
        const reading = { action: "was shown a connector's key", detail: connector.name };
        await directory.recordReading(tenant, reading, actor);
      }
      return answerWithKeys(connector);
    });
  });
}

export function changeConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'change <tenant> <name>',
    description: 'Change where codes are sent, or from where requests may come.',
    examples: [
      'connector change acme "SOC Splunk" --redirect-url https://siem.example.com/back',
      'connector change acme "SOC Splunk" --allow 192.0.2.7 --allow 2001:db8::/32',
      'connector change acme "SOC Splunk" --allow-everywhere',
    ],
  })
    .option('--redirect-url <url>', urlText)
    .option('--allow <network...>', `${allowText}; replaces those before`)
    .option('--allow-everywhere', 'requests may come from anywhere')
    .action(async (tenant: string, name: string, options: unknown) => {
      const { redirectUrl, allow, allowEverywhere } = parseOptions(changeOptions, options);
      const allowedNetworks = allowEverywhere ? [] : allow;
      const change = {
        ...(redirectUrl !== undefined && { redirectUrl }),
        ...(allowedNetworks && { allowedNetworks }),
      };
      await operate(invocation, options, async ({ directory, actor }) =>
        answerWithoutKeys(await directory.changeConnector(tenant, name, change, actor)),
      );
    });
}

export function deleteConnector(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'delete <tenant> <name>',
    description: 'Delete a connector, or refuse a requested one; all it had ends at once.',
    examples: ['connector delete acme "SOC Splunk"'],
  }).action(async (tenant: string, name: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      await directory.deleteConnector(tenant, name, actor);
      return {
        json: { tenant, name, deleted: true },
        text: (screen) => screen.write(`The connector ${name} is deleted.\n`),
      };
    });
  });
}
