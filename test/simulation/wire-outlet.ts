import type { StreamName } from '../../src/core/stream.ts';
import type { Fetch } from '../../src/lib/http-client.ts';
import type { SinkContext } from '../../src/sinks/sink.ts';
import type { MemoryStorage } from '../../src/testing/memory-storage.ts';
import type { Life, Machine, World } from './machine.ts';
import { Network } from './network.ts';
import type { OpenOutlet, Outlet } from './outlet.ts';
import { numberIn } from './product.ts';
import type { Outcome } from './promises.ts';
import { Receiver, toPeerAnswer, toPeerRequest, type WireProtocol } from './receiver.ts';
import { brokenByWire } from './wire-promises.ts';

/** A real sink over a simulated network, and a receiver at its end. */
export class WireOutlet implements Outlet {
  readonly sinkName = 'wire';
  readonly isSettled = true;
  readonly hasBrokenItsWord = false;
  readonly protocol: WireProtocol;
  /** What was sent although it was known to be there. */
  readonly needlesslySent: { readonly number: number; readonly why: string }[] = [];
  /** What each process heard to be there: one that reads its configuration again does not forget it. */
  readonly #told = new WeakMap<Life, Set<number>>();
  readonly #receiver: Receiver;
  readonly #world: World;
  readonly #storage: MemoryStorage;
  readonly #stream: StreamName;

  constructor(world: World, protocol: WireProtocol, storage: MemoryStorage, stream: StreamName) {
    this.protocol = protocol;
    this.#world = world;
    this.#storage = storage;
    this.#stream = stream;
    this.#receiver = new Receiver(world, protocol);
  }

  get receiver(): Machine {
    return this.#receiver.machine;
  }

  open(life: Life, context: SinkContext): OpenOutlet {
    return this.protocol.createSink({ ...context, fetch: this.#watchedFetch(life) });
  }

  losePower(): void {}

  broken(outcome: Outcome): Promise<readonly string[]> {
    return brokenByWire(outcome, this);
  }

  /** A network of its own for each sink, so that it is known what that process was told. */
  #watchedFetch(life: Life): Fetch {
    // A slice of which a part was taken comes again whole after that, where nothing is taken twice.
    const known = this.protocol.dropsRepeats ? undefined : this.#told.get(life);
    const told = known ?? new Set<number>();
    this.#told.set(life, told);
    const network = new Network(this.#world, this.#receiver, (url, request, answer) => {
      const asked = toPeerRequest(url, request);
      for (const line of this.protocol.linesTaken(asked, toPeerAnswer(answer))) {
        const number = numberIn(line);
        if (number !== undefined) told.add(number);
      }
    });
    const send = network.fetchFor(life);
    return (url, request) => {
      const committed = this.#committedNumbers();
      for (const line of this.protocol.linesIn(toPeerRequest(url, request))) {
        const number = numberIn(line);
        if (number === undefined) continue;
        if (committed.has(number)) this.needlesslySent.push({ number, why: 'committed' });
        if (told.has(number)) this.needlesslySent.push({ number, why: 'acknowledged' });
      }
      return send(url, request);
    };
  }

  #committedNumbers(): ReadonlySet<number> {
    const position = this.#storage.deliveries.get(`wire ${this.#stream}`)?.position ?? 0;
    const numbers = new Set<number>();
    for (const segment of this.#storage.streams.get(this.#stream)?.segments ?? []) {
      for (const [index, { json }] of segment.events.entries()) {
        const number = segment.firstPosition + index > position ? undefined : numberIn(json);
        if (number !== undefined) numbers.add(number);
      }
    }
    return numbers;
  }
}
