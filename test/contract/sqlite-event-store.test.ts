import { mkdtemp, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';
import { eventStoreContract } from './event-store.ts';
import type { StorePlace } from './event-store/ground.ts';

// Every store starts two threads; without it each of them would strip the types anew.
enableCompileCache();
eventStoreContract({ name: 'SQLite event store', newPlace: newFolder });

async function newFolder(): Promise<StorePlace> {
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-store-'));
  return {
    open: (clock) => openSqliteEventStore({ directory, clock }),
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true });
    },
  };
}
