import type { NumberedAuditEntry } from '../../../directory/directory.ts';

/** An entry, or the newest of several pulls that are told as one. */
export interface FoldedEntry {
  readonly entry: NumberedAuditEntry;
  /** Undefined for what is no pull. */
  readonly pulls: { readonly count: number; readonly firstMs: number } | undefined;
}

interface Row {
  readonly entry: NumberedAuditEntry;
  pulls: { readonly count: number; readonly firstMs: number } | undefined;
}

/**
 * Folds the pulls of each credential that have nothing but pulls between them into one row, so that
 * a SIEM which asks every minute does not bury what people did. Takes entries newest first.
 */
export class PullFold {
  readonly #rowsMax: number;
  readonly #rows: Row[] = [];
  /** The pulls since the last entry of another kind, by `runOf`. */
  readonly #runs = new Map<string, Row>();

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  get rows(): readonly FoldedEntry[] {
    return this.#rows;
  }

  /** False when there is no room for it: it belongs to the next page. */
  take(entry: NumberedAuditEntry): boolean {
    const run = runOf(entry);
    const open = run === undefined ? undefined : this.#runs.get(run);
    if (open?.pulls !== undefined) {
      open.pulls = { count: open.pulls.count + 1, firstMs: entry.atMs };
      return true;
    }
    if (this.#rows.length >= this.#rowsMax) return false;
    const pulls = run === undefined ? undefined : { count: 1, firstMs: entry.atMs };
    const row: Row = { entry, pulls };
    this.#rows.push(row);
    if (run === undefined) this.#runs.clear();
    else this.#runs.set(run, row);
    return true;
  }
}

/** Who pulls what, from where, with what result; undefined for what is no pull. */
function runOf({ kind, tenant, actor, outcome, detail }: NumberedAuditEntry): string | undefined {
  if (kind !== 'pulls') return undefined;
  const [api] = detail.split(':', 1);
  return JSON.stringify([tenant, actor.name, actor.address, outcome, api]);
}
