import type { FetchRequest } from '../../src/lib/http-client.ts';
import type { DirectSink, SinkContext, SliceLimits } from '../../src/sinks/sink.ts';
import type { PeerAnswer, PeerRequest } from '../../src/testing/http-peer.ts';
import { type Life, Machine, type World } from './machine.ts';
import type { Host, PlainAnswer, Serve } from './network.ts';

/** An event as the receiver has it for good. */
export interface ReceivedEvent {
  readonly id: string;
  readonly line: string;
}

/** What a receiver speaks, and what its guarantee is. */
export interface WireProtocol {
  readonly name: string;
  /** Whether events stand there in the order in which they were sent first. */
  readonly keepsOrder: boolean;
  /** Whether it takes nothing twice that comes again under its id. */
  readonly dropsRepeats: boolean;
  /** In the order of their arrival, repeats included. */
  readonly received: readonly ReceivedEvent[];
  /** A process of the receiver: gives its answers. What it has not made durable goes with it. */
  boot(life: Life): (request: PeerRequest) => PeerAnswer;
  createSink(context: SinkContext): { readonly sink: DirectSink; readonly limits: SliceLimits };
  /** The lines of the events in a request. */
  linesIn(request: PeerRequest): readonly string[];
  /** Those of them that the answer says are there for good. */
  linesTaken(request: PeerRequest, answer: PeerAnswer): readonly string[];
}

/** A receiver of events on a machine of its own, which dies and comes back as the others do. */
export class Receiver implements Host {
  readonly machine: Machine;
  readonly protocol: WireProtocol;
  #serve: Serve | undefined;

  constructor(world: World, protocol: WireProtocol) {
    this.protocol = protocol;
    this.machine = new Machine('receiver', world);
    this.machine.install({ boot: (life) => this.#boot(life) });
  }

  serve(): Serve | undefined {
    return this.#serve;
  }

  #boot(life: Life): void {
    const answer = this.protocol.boot(life);
    this.#serve = (url, request) =>
      life.step(`takes ${url.pathname}`, () => toPlainAnswer(answer(toPeerRequest(url, request))));
  }
}

export function toPeerRequest(url: URL, { method, headers, body }: FetchRequest): PeerRequest {
  return { method, url, headers: { ...headers }, body: body?.toString() ?? '' };
}

export function toPeerAnswer({ status, body }: PlainAnswer): PeerAnswer {
  return { status, body: body.toString() };
}

function toPlainAnswer({ status, body }: PeerAnswer): PlainAnswer {
  const headers = [['content-type', 'application/json']] as const;
  return { status, headers, body: Buffer.from(body ?? '') };
}
