import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { schema } from './schema.ts';

export const pageBytes = 4096;

/**
 * Prepares a new file beside its place and links it in, complete and durable: a crash leaves no
 * half-made store, and of two processes that start at once one wins.
 */
export function createDatabase(file: string): void {
  const directory = dirname(file);
  makeDirectory(directory);
  const workshop = mkdtempSync(join(directory, '.new-'));
  try {
    const draft = join(workshop, 'draft.db');
    closeSync(openSync(draft, 'wx', 0o600));
    fillDatabase(draft);
    chmodSync(draft, 0o600);
    linkUnlessThere(draft, file);
    syncDirectory(directory);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function fillDatabase(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec(/* sql */ `
      pragma page_size = ${pageBytes};
      pragma auto_vacuum = incremental; -- can only be chosen before the first table
      pragma synchronous = full;
      begin;
      ${schema}
      commit;
      pragma journal_mode = wal;
    `);
  } finally {
    database.close();
  }
}

/** Durable, as what is put into it will be: every new name is synced into its parent. */
function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) {
    syncDirectory(dirname(made));
  }
}

function linkUnlessThere(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
