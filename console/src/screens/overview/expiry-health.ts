import type { Health } from '../../../../src/http/console-api/api-types.ts';

const dayMs = 86_400_000;
const soonMs = 3 * dayMs;

/** As the verdict has it: what is listed ends soon, and within three days very soon. */
export function expiryHealth(expiresAtMs: number, nowMs: number): Health {
  return expiresAtMs - nowMs < soonMs ? 'bad' : 'warning';
}
