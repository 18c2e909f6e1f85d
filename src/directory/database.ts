import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** For reading: a connection, or a transaction that must see its own writes. */
export type Reader = Kysely<Tables>;
export type Writer = Transaction<Tables>;

/** Which transactions were committed, for those to whom the answer was lost. */
export interface Commits {
  /** By what `has` knows it. */
  idOf(transaction: Writer): Promise<string>;
  /** Throws `store_unavailable` when nobody can say yet. */
  has(transactionId: string): Promise<boolean>;
}

/** What the directory needs of an SQL engine beyond kysely's common SQL; one folder per engine. */
export interface DirectoryDatabase extends AsyncDisposable {
  /** In messages: which database this is. */
  readonly name: string;
  /** Sees what is committed, without waiting for writers. */
  readonly reader: Reader;
  /** For transactions only; in them writers stand in line, those of other processes too. */
  readonly writer: Kysely<Tables>;
  /** Undefined where every commit is answered: there is no line that could break. */
  readonly commits?: Commits;
  /**
   * Differs from its last value when anybody may have committed since. Undefined when the engine
   * cannot say so cheaply: then everything may have changed.
   */
  changeStamp(): number | undefined;
  /** 0 for a database without tables. */
  schemaVersion(connection: Reader): Promise<number>;
  setSchemaVersion(transaction: Writer, version: number): Promise<void>;
  /** Makes replaced and deleted values disappear from the files too, as far as the engine can. */
  scrub(): Promise<void>;
}
