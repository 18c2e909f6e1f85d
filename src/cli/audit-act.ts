import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorMessage, type ErrorCode } from '../core/errors.ts';
import { parseStreamName } from '../core/stream.ts';
import type { StreamName } from '../core/stream.ts';
import type { Actor } from '../directory/directory.ts';
import type { DataLocation } from './data-location.ts';
import { openDataDirectory } from './open-data.ts';
import { printable } from './print.ts';
import type { Terminal } from './terminal.ts';

/** What a command does with events; it leaves no trace in the directory itself. */
export interface Act {
  readonly stream: StreamName;
  readonly action: string;
  readonly detail: string;
}

/**
 * Writes `acts` to the audit trail, before they are done: none is left out by an interruption. Where
 * nothing was ever served there is no directory and with it no audit trail, and none is made; a name
 * without a tenant gets no entry, which would be its next owner's. Without the master key there is a
 * warning instead: events can be had without it, and just then they may be wanted.
 */
export async function recordActs(
  acts: readonly Act[],
  location: DataLocation,
  terminal: Terminal,
): Promise<void> {
  if (acts.length === 0 || !(await hasDirectory(location))) return;
  try {
    await using directory = await openDataDirectory(location, terminal.environment);
    const known = new Set((await directory.tenants()).map(({ id }) => id));
    for (const { stream, ...act } of acts) {
      const { tenant } = parseStreamName(stream);
      // eslint-disable-next-line no-await-in-loop -- in their order
      if (known.has(tenant)) await directory.recordReading(tenant, act, actorAt(terminal));
    }
  } catch (error) {
    if (!isWithoutKey.has(errorCode(error))) throw error;
    const why = printable(errorMessage(error));
    terminal.stderr.write(`warning: not written into the audit trail: ${why}\n`);
  }
}

const isWithoutKey: ReadonlySet<ErrorCode> = new Set(['key_unavailable', 'secret_unavailable']);

/** As whom the trail names whoever types commands. */
export function actorAt({ userName }: Terminal): Actor {
  return { name: `cli:${userName}` };
}

/** A database of its own says nothing: there it is with who is configured to serve. */
async function hasDirectory({ directory, postgres, listenUrl }: DataLocation): Promise<boolean> {
  if (postgres !== undefined) return listenUrl !== undefined;
  return access(join(directory, 'directory.sqlite')).then(
    () => true,
    () => false,
  );
}
