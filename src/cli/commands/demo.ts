import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { durationMs } from '../../core/quantity.ts';
import { isLoopbackListen } from '../demo/loopback.ts';
import { runDemo } from '../demo/run-demo.ts';
import type { Invocation } from '../invocation.ts';
import { jsonOption, parseOptions, wholeNumber, withExamples } from '../options.ts';

const demoOptions = z.object({
  rate: wholeNumber(0, 50_000).default(50),
  for: durationMs.optional(),
  listen: z
    .string()
    .refine(
      isLoopbackListen,
      'an address of this machine with a port, such as 127.0.0.1:8480 (the demo prints credentials)',
    )
    .default('127.0.0.1:8480'),
  directory: z.string().min(1).default('tailrace-demo'),
  ...jsonOption,
});

export function demoCommand(invocation: Invocation): Command {
  const command = new Command('demo')
    .description(
      'Everything at once on this machine: an export service with a tenant and generators of ' +
        'inSync events and AppTrana attacks, and a collector that publishes them as CEF and Syslog ' +
        'files.',
    )
    .option('--rate <number>', 'events per second, one in five an attack; 0 for none (default: 50)')
    .option('--for <duration>', 'end by itself after so long, such as 10s, with a summary')
    .option('--listen <address>', 'where the service listens (default: 127.0.0.1:8480)')
    .option('--directory <dir>', 'where everything is kept (default: tailrace-demo)')
    .option('--json', 'no live line; the summary as JSON')
    .action(async (options: unknown) => {
      const { directory, for: forMs, ...rest } = parseOptions(demoOptions, options);
      const { workingDirectory } = invocation.terminal;
      const path = resolve(workingDirectory, directory);
      await runDemo({ ...rest, forMs, directory: path }, invocation);
    });
  return withExamples(command, [
    'demo',
    'demo --rate 2000 --for 10s',
    'demo --listen 127.0.0.1:9000 --directory /tmp/demo',
  ]);
}
