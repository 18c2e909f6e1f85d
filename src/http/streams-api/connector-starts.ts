import type { Position, StreamName } from '../../core/stream.ts';
import type { EventStore } from '../../store/event-store.ts';

/** Positions in memory; about 100 bytes each. */
const startsKept = 10_000;

export interface ConnectorView {
  readonly stream: StreamName;
  /** Changes when a tenant is deleted and another one gets its name. */
  readonly incarnation: string;
  /** Attacks from before are not served. */
  readonly siemEnabledAtMs: number;
}

/**
 * Behind which position a connector may read. Positions have no holes, so a stream cannot leave out
 * single attacks; it begins at the first one that occurred when the connector was to be served.
 */
export class ConnectorStarts {
  readonly #store: Pick<EventStore, 'readWindow' | 'streamInfo'>;
  /** Found ones only: they never change, whatever is appended. */
  readonly #starts = new Map<string, Position>();

  constructor(store: Pick<EventStore, 'readWindow' | 'streamInfo'>) {
    this.#store = store;
  }

  /** The head while there is no such attack; 0 where retention has dropped what stands before it. */
  async behind(view: ConnectorView): Promise<Position> {
    const { stream, incarnation, siemEnabledAtMs } = view;
    const info = await this.#store.streamInfo(stream);
    if (info === undefined) return 0;
    const key = `${stream} ${incarnation} ${siemEnabledAtMs}`;
    const start = this.#starts.get(key) ?? (await this.#find(view));
    if (start === undefined) return info.headPosition;
    this.#keep(key, start);
    return start < info.firstRetainedPosition ? 0 : start;
  }

  async #find({ stream, siemEnabledAtMs }: ConnectorView): Promise<Position | undefined> {
    const window = { fromMs: siemEnabledAtMs, untilMs: Number.MAX_SAFE_INTEGER };
    for await (const { positions } of this.#store.readWindow(stream, window)) {
      const [first] = positions;
      if (first !== undefined) return first - 1;
    }
    return undefined;
  }

  #keep(key: string, start: Position): void {
    this.#starts.delete(key);
    this.#starts.set(key, start);
    if (this.#starts.size <= startsKept) return;
    const [oldest] = this.#starts.keys();
    if (oldest !== undefined) this.#starts.delete(oldest);
  }
}
