/** The contract of `EventStore`: what every implementation does, whatever it keeps its rows in. */
import { describe } from 'node:test';
import { appendContract } from './event-store/append.ts';
import { compactionContract } from './event-store/compaction.ts';
import { deduplicationContract } from './event-store/deduplication.ts';
import { deletionContract } from './event-store/deletion.ts';
import type { EventStoreImplementation } from './event-store/ground.ts';
import { idempotencyContract } from './event-store/idempotency.ts';
import { modelContract } from './event-store/model.ts';
import { progressContract } from './event-store/progress.ts';
import { readingContract } from './event-store/reading.ts';
import { retentionContract } from './event-store/retention.ts';
import { waitingContract } from './event-store/waiting.ts';
import { windowContract } from './event-store/window.ts';

export function eventStoreContract(implementation: EventStoreImplementation): void {
  describe(`${implementation.name}: append`, () => appendContract(implementation));
  describe(`${implementation.name}: idempotency`, () => idempotencyContract(implementation));
  describe(`${implementation.name}: deduplication`, () => deduplicationContract(implementation));
  describe(`${implementation.name}: progress`, () => progressContract(implementation));
  describe(`${implementation.name}: reading`, () => readingContract(implementation));
  describe(`${implementation.name}: windows`, () => windowContract(implementation));
  describe(`${implementation.name}: waiting`, () => waitingContract(implementation));
  describe(`${implementation.name}: compaction`, () => compactionContract(implementation));
  describe(`${implementation.name}: retention`, () => retentionContract(implementation));
  describe(`${implementation.name}: deletion`, () => deletionContract(implementation));
  describe(`${implementation.name}: any order of operations`, () => modelContract(implementation));
}
