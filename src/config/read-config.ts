import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { AppError, errorMessage } from '../core/errors.ts';
import { feeds } from '../feeds/feeds.ts';
import { nearestWord } from '../lib/nearest-word.ts';
import { feedOfSourceType, sinkTypes, sourceTypes } from './adapters.ts';
import { configSchema, sinkSchema, sourceSchema } from './config-schema.ts';
import { doubledSources, sharedPlaces } from './entry-conflicts.ts';
import { isMap, listAt, readSinks, readSources } from './entries.ts';
import type { SinkConfig, SourceConfig } from './entries.ts';
import { ConfigError } from './problem.ts';
import type { Problem } from './problem.ts';
import { resolvePaths } from './resolve-paths.ts';
import { forgottenSweeps, retentionWarnings } from './retention-problems.ts';
import { redactionProblems, selectionWarnings } from './selection-problems.ts';
import { problemsOf } from './schema-problems.ts';
import { matchesStream } from './stream-pattern.ts';
import { YamlDocument } from './yaml-document.ts';

/** Far more than a person writes; stops a log file that was named by mistake. */
export const configBytesMax = 1024 * 1024;

type Settings = Omit<z.output<typeof configSchema>, 'sources' | 'sinks'>;

/** `tailrace.yaml`, checked; every path in it is absolute. */
export interface Config extends Settings {
  readonly sources: readonly SourceConfig[];
  readonly sinks: readonly SinkConfig[];
}

export interface CheckedConfig {
  readonly config: Config;
  /** What is allowed but hardly meant. */
  readonly warnings: readonly Problem[];
}

/** Reads and checks a configuration file. Throws `config_unreadable`, or `ConfigError` with all problems. */
export async function readConfig(file: string): Promise<CheckedConfig> {
  return parseConfig(await readText(file), file);
}

async function readText(file: string): Promise<string> {
  try {
    await using handle = await open(file);
    const buffer = Buffer.alloc(configBytesMax + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > configBytesMax) throw new Error(`is larger than ${configBytesMax} bytes`);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    throw new AppError('config_unreadable', `${file}: ${errorMessage(error)}`, { cause: error });
  }
}

/** As `readConfig`, of a text; `file` is named in problems and is what paths are relative to. */
export function parseConfig(text: string, file: string): CheckedConfig {
  const document = new YamlDocument(text);
  if (document.problems.length > 0) throw new ConfigError(file, document.problems);

  const problems: Problem[] = [];
  const settings = readSettings(document, problems);
  const sources = readSources(document, problems);
  const sinks = readSinks(document, problems);
  for (const section of ['sources', 'sinks']) problems.push(...repeatedNames(document, section));
  problems.push(...wrongFeeds(document));
  if (problems.length === 0) problems.push(...redactionProblems(document, sinks));
  if (settings === undefined || problems.length > 0) throw new ConfigError(file, problems);

  const config = withPaths({ ...settings, sources, sinks }, dirname(resolve(file)));
  const conflicts = conflictsOf(document, config);
  if (conflicts.length > 0) throw new ConfigError(file, conflicts);
  return { config, warnings: warningsOf(document, config) };
}

/** With every path resolved against `base`. */
function withPaths(config: Config, base: string): Config {
  const { sources, sinks, ...settings } = config;
  const ofEntry = <T extends SourceConfig | SinkConfig>(
    entry: T,
    common: z.ZodType,
    special: z.ZodType,
  ): T => ({
    ...resolvePaths(entry, common, base),
    options: resolvePaths(entry.options, special, base),
  });
  return {
    ...resolvePaths(settings, configSchema, base),
    sources: sources.map((entry) => ofEntry(entry, sourceSchema, sourceTypes[entry.type])),
    sinks: sinks.map((entry) => ofEntry(entry, sinkSchema, sinkTypes[entry.type])),
  };
}

function readSettings(document: YamlDocument, problems: Problem[]): Settings | undefined {
  const value = document.value ?? {};
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const checked = { document, at: [], schema: configSchema, value };
  problems.push(...problemsOf(result.error.issues, checked));
  return undefined;
}

function repeatedNames(document: YamlDocument, section: string): Problem[] {
  const first = new Map<unknown, number>();
  return listAt(document, section).flatMap((entry, index) => {
    const name = isMap(entry) ? entry['name'] : undefined;
    if (typeof name !== 'string') return [];
    const earlier = first.get(name);
    first.set(name, earlier ?? index);
    if (earlier === undefined) return [];
    const { line } = document.placeOf([section, earlier, 'name']);
    const message = `name: '${name}' is taken by the entry of line ${line}; names of ${section} must differ`;
    return [{ ...document.placeOf([section, index, 'name']), message }];
  });
}

function wrongFeeds(document: YamlDocument): Problem[] {
  return listAt(document, 'sources').flatMap((entry, index) => {
    const { stream, type } = isMap(entry) ? entry : {};
    const [tenant = '', feed = ''] = typeof stream === 'string' ? stream.split('/') : [];
    if (feed === '') return [];
    const complaint = unknownFeed(feed) ?? foreignFeed(type, tenant, feed);
    if (complaint === undefined) return [];
    const place = document.placeOf(['sources', index, 'stream']);
    return [{ ...place, message: `stream: ${complaint}` }];
  });
}

function unknownFeed(feed: string): string | undefined {
  const known = feeds.map(({ name }) => name);
  if (known.includes(feed)) return undefined;
  const meant = nearestWord(feed, known);
  const advice =
    meant === undefined ? `; there are: ${known.join(', ')}` : `; did you mean '${meant}'?`;
  return `there is no feed '${feed.slice(0, 80)}'${advice}`;
}

/** One product's events in the stream of another would be read by the wrong table. */
function foreignFeed(type: unknown, tenant: string, feed: string): string | undefined {
  const own = typeof type === 'string' ? feedOfSourceType[type] : undefined;
  if (own === undefined || own === feed) return undefined;
  return `a source of type ${String(type)} pulls events of the feed ${own}, not of ${feed}; write ${tenant}/${own}`;
}

/** What each entry may have, and no two together. */
function conflictsOf(document: YamlDocument, config: Config): readonly Problem[] {
  return [
    ...doubledSources(document, config.sources),
    ...sharedPlaces(document, config.sinks),
    ...forgottenSweeps(document, config),
  ];
}

function warningsOf(document: YamlDocument, config: Config): Problem[] {
  return [
    ...idleWarnings(document, config),
    ...selectionWarnings(document, config.sinks),
    ...retentionWarnings(document, config),
  ];
}

function idleWarnings(document: YamlDocument, config: Config): Problem[] {
  const { serve, sources, sinks } = config;
  if (serve === undefined && sources.length === 0) {
    const message = 'nothing to do: neither serve nor sources are configured';
    return [{ ...document.placeOf([]), message }];
  }
  if (serve !== undefined) return [];
  return sinks.flatMap((sink, index) => {
    if (sources.some(({ stream }) => matchesStream(sink.streams, stream))) return [];
    const place = document.placeOf(['sinks', index, 'streams']);
    const wanted = sink.streams.join(', ');
    const message = `sink '${sink.name}' will get nothing: no source writes ${wanted}`;
    return [{ ...place, message }];
  });
}
