import type { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { parseStreamName, streamName } from '../../core/stream.ts';
import type { QuarantineChoice } from '../../pipeline/retry-quarantined.ts';
import type { EventStore } from '../../store/event-store.ts';
import type { Act } from '../audit-act.ts';
import { printCount } from '../print.ts';

export const choiceOptions = { stream: z.string().optional(), position: z.string().optional() };

/** Adds the ways to say which events of a sink's quarantine are meant. */
export function withChoice(command: Command): Command {
  return command
    .option('--stream <name>', 'only events of this stream, such as acme/insync')
    .option('--position <number>', 'with --stream: only the event at this position');
}

/** Throws `argument_invalid`, or `name_invalid` for a stream that is none. */
export function choiceOf(given: {
  readonly stream?: string | undefined;
  readonly position?: string | undefined;
}): QuarantineChoice {
  if (given.stream === undefined) {
    if (given.position === undefined) return {};
    throw new AppError('argument_invalid', '--position needs --stream');
  }
  const { tenant, feed } = parseStreamName(given.stream);
  const stream = streamName(tenant, feed);
  if (given.position === undefined) return { stream };
  const position = /^\d{1,15}$/.test(given.position) ? Number(given.position) : 0;
  if (position > 0) return { stream, position };
  const got = given.position.slice(0, 80);
  throw new AppError('argument_invalid', `position must be a whole number from 1 up, got ${got}`);
}

/** For the audit trail: what of which stream `action` is done to. */
export async function actsOn(
  store: Pick<EventStore, 'quarantines'>,
  sink: string,
  { stream: chosen, position }: QuarantineChoice,
  action: string,
): Promise<readonly Act[]> {
  const held = (await store.quarantines()).filter(
    (quarantine) => quarantine.sink === sink && (chosen ?? quarantine.stream) === quarantine.stream,
  );
  return held.map(({ stream, events }) => {
    const which = position === undefined ? `all ${printCount(events)}` : `position ${position}`;
    return { stream, action, detail: `${sink} ${stream}: ${which}` };
  });
}
