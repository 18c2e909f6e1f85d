import type { Sink, SinkContext, SliceLimits } from '../../src/sinks/sink.ts';
import type { Life, Machine } from './machine.ts';
import type { Outcome } from './promises.ts';

/** Where a collector delivers, seen from both ends: its sink, and what is there when all is over. */
export interface Outlet {
  readonly sinkName: string;
  /** Whose processes die as others do; undefined when there is nobody at the other end. */
  readonly receiver: Machine | undefined;
  /** True when whatever is committed as delivered is visible too. */
  readonly isSettled: boolean;
  /** True when something that reported to be durable was not, so that not everything can arrive. */
  readonly hasBrokenItsWord: boolean;
  /** The sink of one process of the collector. */
  open(life: Life, context: SinkContext): OpenOutlet;
  /** What power loss at the collector does to it. */
  losePower(): void;
  /** Which promises about delivery were broken. */
  broken(outcome: Outcome): Promise<readonly string[]>;
}

export interface OpenOutlet {
  readonly sink: Sink;
  readonly limits: SliceLimits;
}
