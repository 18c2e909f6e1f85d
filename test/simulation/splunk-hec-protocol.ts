import { Secret } from '../../src/core/secret.ts';
import { batchSliceLimits } from '../../src/sinks/batch-options.ts';
import type { SinkContext } from '../../src/sinks/sink.ts';
import type { LineOptions } from '../../src/sinks/splunk-hec/body.ts';
import { splunkHecSinkOptions } from '../../src/sinks/splunk-hec/options.ts';
import { createSplunkHecSink } from '../../src/sinks/splunk-hec/sink.ts';
import type { PeerAnswer, PeerRequest } from '../../src/testing/http-peer.ts';
import { SplunkHec, type TakenHecEvent } from '../../src/testing/splunk-hec.ts';
import type { Life, World } from './machine.ts';
import type { ReceivedEvent, WireProtocol } from './receiver.ts';

export interface SplunkHecProtocolOptions {
  /** With it, what was taken is lost with the process until it is indexed; without, never. */
  readonly acknowledges: boolean;
  readonly poison: string | undefined;
  readonly format: LineOptions['format'];
  readonly batchEvents: number;
}

const token = '00000000-0000-4000-8000-000000000001';
const readSecret = async () => new Secret(token);
/** The codes of a collector that is busy. */
const busyCodes = [8, 9, 18, 20] as const;
const indexingMsMax = 8000;

/** Splunk HEC: at least once; whatever comes again comes under its id. */
export class SplunkHecProtocol implements WireProtocol {
  readonly name: string;
  readonly keepsOrder = true;
  readonly dropsRepeats = false;
  readonly received: ReceivedEvent[] = [];
  readonly #world: World;
  readonly #options: SplunkHecProtocolOptions;

  constructor(world: World, options: SplunkHecProtocolOptions) {
    this.#world = world;
    this.#options = options;
    this.name = options.acknowledges ? 'splunk-hec with acknowledgement' : 'splunk-hec';
  }

  boot(life: Life): (request: PeerRequest) => PeerAnswer {
    const { acknowledges, poison } = this.#options;
    const { chaos } = this.#world;
    const queue: ReceivedEvent[] = [];
    const hec = new SplunkHec({
      token,
      acknowledges,
      ...(poison === undefined ? {} : { poison }),
      onTaken: (event) => {
        if (queue.push(receivedEvent(event)) > 1) return;
        if (acknowledges) void this.#indexLater(life, hec, queue);
        else this.received.push(...queue.splice(0));
      },
    });
    return (request) => {
      const isBusy = chaos.happens('receiver is busy', request.url.pathname);
      if (isBusy) hec.nextCodes.push(chaos.details('busy').pick(busyCodes));
      return hec.answer(request);
    };
  }

  createSink(context: SinkContext) {
    const { acknowledges, format, batchEvents } = this.#options;
    const options = splunkHecSinkOptions.parse({
      type: 'splunk-hec',
      url: 'http://127.0.0.1:8088',
      token: { env: 'HEC_TOKEN' },
      acknowledgement: acknowledges,
      acknowledgementTimeout: '20s',
      compression: false,
      batchEvents,
    });
    const lines = { format, hostname: 'collector.example.com' };
    const sink = createSplunkHecSink('wire', options, lines, { ...context, readSecret });
    return { sink, limits: batchSliceLimits(options) };
  }

  linesIn({ url, body }: PeerRequest): readonly string[] {
    return url.pathname.endsWith('/event') ? body.split('\n') : [];
  }

  /** With acknowledgement only a later answer says so; a slice that is split comes again whole. */
  linesTaken(request: PeerRequest, { status }: PeerAnswer): readonly string[] {
    const { acknowledges, poison } = this.#options;
    const isWholeSlice = !acknowledges && poison === undefined;
    return status === 200 && isWholeSlice ? this.linesIn(request) : [];
  }

  async #indexLater(life: Life, hec: SplunkHec, queue: ReceivedEvent[]): Promise<void> {
    hec.indexes = false;
    await life.wait(this.#world.random.integer(1, indexingMsMax));
    this.received.push(...queue.splice(0));
    hec.indexes = true;
  }
}

function receivedEvent({ event, fields }: TakenHecEvent): ReceivedEvent {
  const line = typeof event === 'string' ? event : JSON.stringify(event);
  return { id: fields['tailrace_id'] ?? '', line };
}
