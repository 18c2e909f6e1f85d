/** The contract of `DirectSink`: what every sink does on a receiver that the test commands. */
import { describe, it } from 'node:test';
import type { DirectSink } from '../../src/sinks/sink.ts';
import { deliveryContract } from './sink/delivery.ts';
import { faultContract } from './sink/faults.ts';
import { lifeContract } from './sink/life.ts';

/** A receiver of one sink, under the command of a test. All on loopback, in this process. */
export interface SinkReceiver extends AsyncDisposable {
  /** A new sink that delivers to this receiver; the test disposes of it. */
  newSink(): DirectSink;
  /**
   * The lines that it has for good, in the order in which it took them; what came twice stands there
   * twice, unless the receiver drops repeats by their identity.
   */
  lines(): readonly string[];
  /** Until `resume`, connects but takes and answers nothing. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Breaks every connection off and is gone. It keeps its lines. */
  kill(): Promise<void>;
  /** Is there again, at the same address, and not paused. */
  restart(): Promise<void>;
  /** From now on refuses whoever comes, as for a wrong token. Left out: it cannot. */
  readonly refuse?: () => Promise<void>;
  /** A line that it refuses for good while it takes others. Left out: it refuses none. */
  readonly poison?: string;
  /** How many events the sink sends at once: a slice is made larger than that. */
  readonly wireBatchEvents: number;
  /** What the sink's lines must look like; by default any text will do. */
  readonly lineOf?: (text: string) => string;
  /** Set where nobody is told whether lines arrived, as over UDP: with the reason, for the report. */
  readonly acknowledgesNothing?: string;
  /** Set where the other end is gone for good when it is gone, as with a pipe: with the reason. */
  readonly comesBackNever?: string;
}

export type NewReceiver = () => Promise<SinkReceiver>;

/** Titles and tests of one part; each test has a receiver of its own. */
export type SinkContract = Readonly<Record<string, SinkTest>>;
export interface SinkTest {
  /** Why a receiver cannot be put to this test, if it cannot. */
  readonly skip?: (receiver: SinkReceiver) => string | undefined;
  readonly run: (receiver: SinkReceiver) => Promise<void>;
}

const parts = { delivery: deliveryContract, faults: faultContract, life: lifeContract };
/** A sink that hangs fails its test. */
const timeoutMs = 20_000;

export function sinkContract(name: string, newReceiver: NewReceiver): void {
  for (const [part, contract] of Object.entries(parts)) {
    describe(`${name}: ${part}`, () => {
      for (const [title, { skip, run }] of Object.entries<SinkTest>(contract)) {
        it(title, { timeout: timeoutMs }, async (test) => {
          await using receiver = await newReceiver();
          const reason = skip?.(receiver);
          if (reason === undefined) await run(receiver);
          else test.skip(reason);
        });
      }
    });
  }
}
