import type { StreamName } from '../core/stream.ts';
import type { EventStore } from './event-store.ts';

/** Work that only one node does at a time: a source, or a sink with one of its streams. */
export interface LeaseItem {
  /** Whose events it moves; '' for work that concerns no stream. */
  readonly stream: StreamName | '';
  /** `source druva`, `sink siem`. */
  readonly name: string;
  /** The only place where it can be done once it was begun: what it needs lies on this machine. */
  readonly home?: string | undefined;
}

/** Held until it is released or another node takes it over, which raises `fence`. */
export interface Lease extends Pick<LeaseItem, 'stream' | 'name'> {
  readonly fence: number;
}

export interface HeldLease extends Lease {
  /** Undefined when nobody holds it. */
  readonly node: string | undefined;
  readonly home: string | undefined;
}

/** What a node says about itself with every sign of life. */
export interface NodeBeat {
  /** Unique to the process. */
  readonly node: string;
  /** Where what it keeps outside the store lies. */
  readonly home: string;
  /** Names of the items that it could do. */
  readonly works: readonly string[];
  /** JSON, for people. */
  readonly status: string;
}

export interface NodeInfo extends NodeBeat {
  /** Since its last sign of life. */
  readonly silentMs: number;
}

/** A node that is silent for so long has lost what it held. */
export const silentMsMax = 5000;

/** Who does what, among the nodes that share a store. */
export interface LeaseStore {
  /** A sign of life. */
  beat(beat: NodeBeat): Promise<void>;
  /** Forgets the node and gives up all that it holds. */
  leave(node: string): Promise<void>;
  /** Gives up all that could only be done at `home`, so that it can be done elsewhere. */
  forgetHome(home: string): Promise<void>;
  nodes(): Promise<readonly NodeInfo[]>;
  leases(): Promise<readonly HeldLease[]>;
  /**
   * Takes what nobody holds, or whose holder is `silentMs` without a sign of life. Undefined when it
   * is held, or has its home elsewhere.
   */
  acquire(item: LeaseItem, node: string, silentMs: number): Promise<Lease | undefined>;
  /** Gives it up; does nothing when it is not held any more. */
  release(lease: Lease): Promise<void>;
  /**
   * The same store for the holder of `lease`: appends, checkpoints and deliveries are refused with
   * `lease_lost`, in their own transaction, once another node has taken it over; `onLost` is called.
   */
  fenced(lease: Lease, onLost?: () => void): EventStore;
}
