import { z } from 'zod';
import { Secret } from '../../src/core/secret.ts';
import type { Format } from '../../src/encode/encoder.ts';
import { batchSliceLimits } from '../../src/sinks/batch-options.ts';
import { elasticsearchSinkOptions } from '../../src/sinks/elasticsearch/options.ts';
import { createElasticsearchSink } from '../../src/sinks/elasticsearch/sink.ts';
import type { SinkContext } from '../../src/sinks/sink.ts';
import { ElasticsearchNode } from '../../src/testing/elasticsearch-node.ts';
import type { PeerAnswer, PeerRequest } from '../../src/testing/http-peer.ts';
import type { World } from './machine.ts';
import type { ReceivedEvent, WireProtocol } from './receiver.ts';

export interface ElasticsearchProtocolOptions {
  readonly poison: string | undefined;
  readonly format: Format;
  readonly batchEvents: number;
}

const apiKey = 'a2V5OnNlY3JldA==';
const readSecret = async () => new Secret(apiKey);
const busyItemsMax = 6;

const documentSchema = z.object({
  tailrace: z.object({ id: z.string(), event: z.unknown().optional() }),
  message: z.string().optional(),
});
const bulkAnswerSchema = z.object({
  items: z.array(z.object({ create: z.object({ status: z.int() }) })),
});

/** Elasticsearch's `_bulk`: each event once, whatever comes again. */
export class ElasticsearchProtocol implements WireProtocol {
  readonly name = 'elasticsearch';
  /** Single items are taken later than those behind them. */
  readonly keepsOrder = false;
  readonly dropsRepeats = true;
  readonly received: ReceivedEvent[] = [];
  readonly #world: World;
  readonly #options: ElasticsearchProtocolOptions;
  /** What it has answered is durable, so it is the same whatever dies. */
  readonly #node: ElasticsearchNode;

  constructor(world: World, options: ElasticsearchProtocolOptions) {
    const { poison } = options;
    this.#world = world;
    this.#options = options;
    this.#node = new ElasticsearchNode({
      authorization: `ApiKey ${apiKey}`,
      ...(poison === undefined ? {} : { poison }),
      onTaken: (document) => this.received.push(receivedEvent(document)),
    });
  }

  boot(): (request: PeerRequest) => PeerAnswer {
    return (request) => {
      const { chaos } = this.#world;
      if (chaos.happens('receiver is busy', request.url.pathname)) this.#beBusy();
      return this.#node.answer(request);
    };
  }

  createSink(context: SinkContext) {
    const { format, batchEvents } = this.#options;
    const options = elasticsearchSinkOptions.parse({
      type: 'elasticsearch',
      urls: 'http://127.0.0.1:9200',
      apiKey: { env: 'API_KEY' },
      compression: false,
      batchEvents,
    });
    const sink = createElasticsearchSink('wire', options, format, { ...context, readSecret });
    return { sink, limits: batchSliceLimits(options) };
  }

  linesIn({ body }: PeerRequest): readonly string[] {
    return body.split('\n').filter((_, index) => index % 2 === 1);
  }

  linesTaken(request: PeerRequest, { body = '' }: PeerAnswer): readonly string[] {
    const items = bulkAnswerSchema.safeParse(JSON.parse(body)).data?.items ?? [];
    return this.linesIn(request).filter((_, index) => {
      const status = items[index]?.create.status ?? 0;
      return status === 201 || status === 409;
    });
  }

  /** As a whole, or for some of the documents. */
  #beBusy(): void {
    const details = this.#world.chaos.details('busy');
    const status = details.pick([429, 503]);
    if (details.chance(0.3)) this.#node.nextStatuses.push(status);
    else this.#node.nextItems.push(...Array(details.integer(1, busyItemsMax)).fill(status));
  }
}

function receivedEvent(document: Readonly<Record<string, unknown>>): ReceivedEvent {
  const { tailrace, message } = documentSchema.parse(document);
  return { id: tailrace.id, line: message ?? JSON.stringify(tailrace.event) };
}
