import type { SinkConfig } from '../config/entries.ts';
import { readConfig } from '../config/read-config.ts';
import type { Config } from '../config/read-config.ts';
import { configFileOf } from './config-file.ts';
import { HintedError } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/** A sink as a configuration describes it. */
export interface ConfiguredSink {
  readonly config: Config;
  readonly sink: SinkConfig;
}

/** The sink called `name` of the configuration that is meant. Throws `not_found` listing those there are. */
export async function sinkOfConfig(
  name: string,
  configOption: string | undefined,
  terminal: Terminal,
): Promise<ConfiguredSink> {
  const file = configFileOf(configOption, terminal);
  const { config } = await readConfig(file);
  const sink = config.sinks.find((candidate) => candidate.name === name);
  if (sink !== undefined) return { config, sink };
  const names = config.sinks.map((candidate) => candidate.name).join(', ');
  const message = `${file} has no sink ${name}; it has: ${names || 'none'}`;
  const hint = 'name one of those, or another configuration with --config';
  throw new HintedError('not_found', message, hint);
}
