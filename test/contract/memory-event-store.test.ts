import { openMemoryEventStore } from '../../src/testing/memory-event-store.ts';
import { MemoryStorage } from '../../src/testing/memory-storage.ts';
import { eventStoreContract } from './event-store.ts';

// The simulation of test/simulation/ runs over this store, so it has to keep the same promises.
eventStoreContract({
  name: 'event store in memory',
  newPlace: async () => {
    const storage = new MemoryStorage();
    return {
      open: async (clock) => openMemoryEventStore({ storage, clock }),
      [Symbol.asyncDispose]: async () => {},
    };
  },
});
