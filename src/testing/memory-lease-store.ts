import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { EventStore } from '../store/event-store.ts';
import type {
  HeldLease,
  Lease,
  LeaseItem,
  LeaseStore,
  NodeBeat,
  NodeInfo,
} from '../store/lease-store.ts';

/**
 * Leases in memory. A node can be cut off, as by a broken line to the database, or be left without an
 * answer, as by a line that swallows everything.
 */
export class MemoryLeaseStore implements LeaseStore {
  readonly #clock: Clock;
  readonly #leases = new Map<string, HeldLease>();
  readonly #nodes = new Map<string, NodeBeat & { readonly atMs: number }>();
  readonly #cutOff = new Set<string>();
  readonly #unanswered = new Set<string>();
  /** What every write of a fenced store rejects with. */
  refuseWrites: AppError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  cutOff(node: string): void {
    this.#cutOff.add(node);
  }

  leaveUnanswered(node: string): void {
    this.#unanswered.add(node);
  }

  restore(node: string): void {
    this.#cutOff.delete(node);
    this.#unanswered.delete(node);
  }

  async beat(beat: NodeBeat): Promise<void> {
    await this.#reach(beat.node);
    this.#nodes.set(beat.node, { ...beat, atMs: this.#clock.monotonicMs() });
  }

  async leave(node: string): Promise<void> {
    await this.#reach(node);
    this.#nodes.delete(node);
    for (const [key, lease] of this.#leases) {
      if (lease.node === node) this.#leases.set(key, { ...lease, node: undefined });
    }
  }

  async forgetHome(home: string): Promise<void> {
    for (const [key, lease] of this.#leases) {
      if (lease.home === home)
        this.#leases.set(key, { ...lease, node: undefined, home: undefined });
    }
    for (const [node, beat] of this.#nodes) if (beat.home === home) this.#nodes.delete(node);
  }

  async nodes(): Promise<readonly NodeInfo[]> {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#nodes.values()].map(({ atMs, ...beat }) => ({
      ...beat,
      silentMs: nowMs - atMs,
    }));
  }

  async leases(): Promise<readonly HeldLease[]> {
    return [...this.#leases.values()];
  }

  async acquire(item: LeaseItem, node: string, silentMs: number): Promise<Lease | undefined> {
    await this.#reach(node);
    const { stream, name, home } = item;
    const known = this.#leases.get(`${name} ${stream}`);
    const alive = (await this.nodes()).filter((other) => other.silentMs < silentMs);
    const isHeld = known?.node !== node && alive.some((other) => other.node === known?.node);
    const isElsewhere = home !== undefined && known?.home !== undefined && known.home !== home;
    if (isHeld || isElsewhere) return undefined;
    const fence = (known?.fence ?? 0) + 1;
    this.#leases.set(`${name} ${stream}`, { stream, name, node, fence, home });
    return { stream, name, fence };
  }

  async release({ stream, name, fence }: Lease): Promise<void> {
    const known = this.#leases.get(`${name} ${stream}`);
    if (known?.fence !== fence) return;
    if (known.node !== undefined) await this.#reach(known.node);
    this.#leases.set(`${name} ${stream}`, { ...known, node: undefined });
  }

  /** A store that can do nothing but write, and keeps nothing of it. */
  fenced({ stream, name, fence }: Lease, onLost?: () => void): EventStore {
    const write = async (): Promise<void> => {
      const isHeld = this.#leases.get(`${name} ${stream}`)?.fence === fence;
      const lost = isHeld ? undefined : new AppError('lease_lost', `fence ${fence} is of before`);
      const refusal = this.refuseWrites ?? lost;
      if (!refusal) return;
      onLost?.();
      throw refusal;
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is called
    return {
      append: write,
      saveCheckpoint: write,
      saveDelivery: write,
    } as unknown as EventStore;
  }

  async #reach(node: string): Promise<void> {
    if (this.#unanswered.has(node)) await new Promise(() => {});
    if (!this.#cutOff.has(node)) return;
    throw new AppError('store_unavailable', `node ${node} does not reach the store`);
  }
}
