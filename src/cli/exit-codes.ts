import { errorCode } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';

/** What the process says to whoever started it. */
export const exitCodes = {
  done: { code: 0, summary: 'Done.' },
  failed: { code: 1, summary: 'Failed; the error says why.' },
  usage: { code: 2, summary: 'The command line is not acceptable; nothing was done.' },
  unsound: { code: 3, summary: 'Published files or stored data failed verification.' },
  config: { code: 4, summary: 'The configuration or a secret it names is not acceptable.' },
  stopped: { code: 5, summary: '`status` only: no process runs on this data directory.' },
  locked: { code: 6, summary: 'Another process runs on this data directory.' },
  interrupted: {
    code: 130,
    summary: 'Interrupted before it was finished; `run` only by a second signal.',
  },
} as const satisfies Record<string, { code: number; summary: string }>;

const exitOfError: Partial<Record<ErrorCode, keyof typeof exitCodes>> = {
  argument_invalid: 'usage',
  name_invalid: 'usage',
  verification_failed: 'unsound',
  store_corrupt: 'unsound',
  config_invalid: 'config',
  config_unreadable: 'config',
  secret_unavailable: 'config',
  store_locked: 'locked',
};

export function exitCodeOf(error: unknown): number {
  return exitCodes[exitOfError[errorCode(error)] ?? 'failed'].code;
}
