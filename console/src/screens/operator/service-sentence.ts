import type { Health, HealthView } from '../../../../src/http/console-api/api-types.ts';

/** The worst thing that is true of an instance, in one sentence. */
export function serviceSentence({ ready, checks, sources, sinks, quarantined }: HealthView): {
  readonly health: Health;
  readonly sentence: string;
} {
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    return { health: 'bad', sentence: `Not well: ${failed.map(({ name }) => name).join(', ')}.` };
  }
  if (!ready) return { health: 'bad', sentence: 'Not ready: it takes no requests at the moment.' };
  const workers = [...sources, ...sinks];
  const bad = workers.filter(({ health }) => health === 'bad');
  if (bad.length > 0) return { health: 'bad', sentence: `${listOf(bad)} cannot go on.` };
  const slow = workers.filter(({ health }) => health === 'warning');
  if (slow.length > 0) return { health: 'warning', sentence: `${listOf(slow)} wants attention.` };
  if (quarantined.some(({ events }) => events > 0)) {
    return { health: 'warning', sentence: 'Well, but events wait in quarantine.' };
  }
  return { health: 'good', sentence: 'All is well.' };
}

function listOf(workers: readonly { readonly name: string }[]): string {
  return workers.map(({ name }) => name).join(', ');
}
