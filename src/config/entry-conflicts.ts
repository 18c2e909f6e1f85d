import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ApptranaOptions } from '../sources/apptrana/options.ts';
import { fileLayout } from '../sinks/file/layout.ts';
import type { SinkConfig, SourceConfig } from './entries.ts';
import type { Problem } from './problem.ts';
import type { YamlDocument } from './yaml-document.ts';

/** Sources that would store the same events twice in one stream. */
export function doubledSources(
  document: YamlDocument,
  sources: readonly SourceConfig[],
): readonly Problem[] {
  return sources.flatMap((source, index) => {
    const other = sources.slice(0, index).find((earlier) => pullsTheSame(earlier, source));
    if (other === undefined) return [];
    const place = document.placeOf(['sources', index, 'stream']);
    const message = `stream: source '${other.name}' pulls the same events into ${source.stream} already; each would be stored and delivered twice`;
    return [{ ...place, message }];
  });
}

function pullsTheSame(a: SourceConfig, b: SourceConfig): boolean {
  if (a.stream !== b.stream || accountOf(a) !== accountOf(b)) return false;
  return a.type !== 'apptrana' || b.type !== 'apptrana' || asksForTheSame(a.options, b.options);
}

/** Whose events a source pulls, and where. Secrets are left out: several may open one account. */
function accountOf({ type, options }: SourceConfig): string {
  const { href } = new URL(options.url);
  return JSON.stringify([type, href.replace(/\/+$/, ''), accountName(options)]);
}

function accountName(options: SourceConfig['options']): string | undefined {
  if (options.type === 'apptrana') return options.apiId;
  if (options.type === 'tailrace') return options.username ?? options.clientId;
  return options.api === 'v1' ? options.username : options.clientId;
}

/** What is left out selects everything. */
function asksForTheSame(a: ApptranaOptions, b: ApptranaOptions): boolean {
  const types = [a.eventType, b.eventType];
  const isOfSameType = types.includes(undefined) || a.eventType === b.eventType;
  const { websites } = b;
  const isOfSameSite =
    websites === undefined || (a.websites?.some((name) => websites.includes(name)) ?? true);
  return isOfSameType && isOfSameSite;
}

/** What only one file sink may write to. */
const ownPlaces = {
  /** Each of two sinks would take the other's files for its own. */
  directory: 'directory',
  /** Each entry holds the digest of the one before, which another writer would break. */
  manifest: 'manifestPath',
} as const satisfies Record<string, keyof ReturnType<typeof fileLayout>>;

/** File sinks of which one would write into what is another's, by whatever path. */
export function sharedPlaces(
  document: YamlDocument,
  sinks: readonly SinkConfig[],
): readonly Problem[] {
  return Object.entries(ownPlaces).flatMap(([key, part]) => {
    const first = new Map<string, string>();
    return sinks.flatMap((sink, index) => {
      if (sink.type !== 'file') return [];
      const path = realPath(fileLayout(sink.name, sink.options)[part]);
      const other = first.get(path);
      first.set(path, other ?? sink.name);
      if (other === undefined) return [];
      const place = document.placeOf(['sinks', index, key]);
      const message = `${key}: sink '${other}' writes there too; give each its own`;
      return [{ ...place, message }];
    });
  });
}

/** Without the symbolic links of what is there; the rest of the path may be made later. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPath(above), basename(path));
  }
}
