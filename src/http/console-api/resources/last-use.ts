import { emailKey } from '../../../directory/input.ts';
import type { LastUse, Principal } from '../../../directory/directory.ts';

/** When a credential was used for the last time, whatever for; null when never. */
export function lastUsedAtMs(
  uses: readonly LastUse[],
  kind: Principal['kind'],
  name: string,
): number | null {
  const times = uses
    .filter(({ principal }) => principal.kind === kind && isSame(principal.name, name))
    .map(({ atMs }) => atMs);
  return times.length === 0 ? null : Math.max(...times);
}

/** E-mail addresses are compared without case; nothing else that names a credential differs by it. */
export function isSame(one: string, other: string): boolean {
  return emailKey(one) === emailKey(other);
}
