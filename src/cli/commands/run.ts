import { Command } from 'commander';
import { z } from 'zod';
import { describeProblem } from '../../config/problem.ts';
import { readConfig } from '../../config/read-config.ts';
import { configFileOf, configOptions } from '../config-file.ts';
import type { Invocation } from '../invocation.ts';
import { parseOptions, withExamples } from '../options.ts';
import { printable } from '../print.ts';
import { runService } from '../service/run-service.ts';

export function runCommand(invocation: Invocation): Command {
  const command = new Command('run')
    .description(
      'Run what a configuration file says: export service, collector or both. SIGTERM and Ctrl-C ' +
        'finish what is under way; SIGHUP reads the file again.',
    )
    .option('--config <file>', 'configuration file (env TAILRACE_CONFIG; default: tailrace.yaml)')
    .option('--json', 'an error that ends it is written as JSON')
    .action(async (options: unknown) => {
      const { config } = parseOptions(z.object(configOptions), options);
      const file = configFileOf(config, invocation.terminal);
      const checked = await readConfig(file);
      for (const warning of checked.warnings) {
        invocation.terminal.stderr.write(`warning: ${printable(describeProblem(file, warning))}\n`);
      }
      await runService(file, checked.config, invocation.terminal);
    });
  return withExamples(command, [
    'run --config tailrace.yaml',
    'check --config tailrace.yaml && tailrace run --config tailrace.yaml',
  ]);
}
