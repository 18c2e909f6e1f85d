import { AppError } from '../../src/core/errors.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openMemoryEventStore } from '../../src/testing/memory-event-store.ts';
import type { Life, Machine } from './machine.ts';
import type { StoreDisk } from './store-disk.ts';

const writes: ReadonlySet<string> = new Set([
  'append',
  'saveCheckpoint',
  'saveDelivery',
  'compact',
  'trim',
]);

/** The event store of a machine as a process of it has it: what is committed outlives the process. */
export function simulatedStore(machine: Machine, life: Life, disk: StoreDisk): EventStore {
  const { chaos } = machine.world;
  const transact = <T>(what: string, act: () => T): Promise<T> =>
    life.step(`store ${what}`, () => {
      const where = `${machine.name}: ${what}`;
      if (chaos.happens('store refuses', where)) throw refusal(chaos.details('store').chance(0.5));
      const result = writes.has(what) ? disk.commit(what, act) : act();
      if (writes.has(what) && chaos.happens('store commits and fails', where)) {
        throw new AppError('store_unavailable', 'the worker ended before it answered');
      }
      return result;
    });
  return openMemoryEventStore({ storage: disk.storage, clock: machine.clockOf(life), transact });
}

function refusal(isFull: boolean): AppError {
  return isFull
    ? new AppError('disk_full', 'no space left for events')
    : new AppError('store_unavailable', 'the store cannot be read or written');
}
