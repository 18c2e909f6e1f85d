import { resolve } from 'node:path';
import { z } from 'zod';
import type { Terminal } from './terminal.ts';

export const configOptions = { config: z.string().optional() };

/** The configuration file that the option, the environment or the custom names, absolute. */
export function configFileOf(option: string | undefined, terminal: Terminal): string {
  const { TAILRACE_CONFIG: fromEnvironment } = terminal.environment;
  return resolve(terminal.workingDirectory, option ?? (fromEnvironment || 'tailrace.yaml'));
}
