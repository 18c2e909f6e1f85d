/** The contract of `EventStore`: what every implementation does, whatever it keeps its rows in. */
import { describe, it } from 'node:test';
import { appendContract } from './event-store/append.ts';
import { backwardsContract } from './event-store/backwards.ts';
import { compactionContract } from './event-store/compaction.ts';
import { deduplicationContract } from './event-store/deduplication.ts';
import { deletionContract } from './event-store/deletion.ts';
import type { EventStoreImplementation } from './event-store/ground.ts';
import { idempotencyContract } from './event-store/idempotency.ts';
import { modelContract } from './event-store/model.ts';
import { progressContract } from './event-store/progress.ts';
import { quarantineContract } from './event-store/quarantine.ts';
import { readingContract } from './event-store/reading.ts';
import { retentionContract } from './event-store/retention.ts';
import { waitingContract } from './event-store/waiting.ts';
import { windowContract } from './event-store/window.ts';

const parts = {
  append: appendContract,
  idempotency: idempotencyContract,
  deduplication: deduplicationContract,
  progress: progressContract,
  quarantine: quarantineContract,
  reading: readingContract,
  windows: windowContract,
  'reading backwards': backwardsContract,
  waiting: waitingContract,
  compaction: compactionContract,
  retention: retentionContract,
  deletion: deletionContract,
  'any order of operations': modelContract,
};

export function eventStoreContract(implementation: EventStoreImplementation): void {
  for (const [part, contract] of Object.entries(parts)) {
    describe(`${implementation.name}: ${part}`, () => {
      for (const [title, test] of Object.entries(contract)) it(title, () => test(implementation));
    });
  }
}
