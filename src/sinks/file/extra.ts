import { randomBytes } from 'node:crypto';

/** Why events are written once more beside the delivery. */
export type ExtraKind = 'replay' | 'test';

/** Names one replay or test, in file names and manifests: `replay-7f3a9c`. */
export function newExtra(kind: ExtraKind): string {
  return `${kind}-${randomBytes(3).toString('hex')}`;
}
