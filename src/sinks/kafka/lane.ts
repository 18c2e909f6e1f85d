import { unlessAborted } from '../../lib/unless-aborted.ts';
import { abandonProducer } from './open-producer.ts';
import type { KafkaProducer, KafkaRecord } from './record.ts';

/**
 * A producer that has one request under way at a time. Its sequence numbers stay in order then: the
 * client gives numbers out anew for all partitions when one request fails, and a request that is still
 * under way beside it could be taken for a repeat of another, and not be written.
 */
export class Lane implements Disposable {
  readonly #open: () => Promise<KafkaProducer>;
  #producer: KafkaProducer | undefined;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(open: () => Promise<KafkaProducer>) {
    this.#open = open;
  }

  /**
   * Resolves when all replicas in sync have the records. `isAnswer` says whether an error is a broker's
   * answer about the records; after any other the producer is given up, and with it whatever it may
   * still have under way.
   */
  async send(
    messages: KafkaRecord[],
    isAnswer: (error: unknown) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = before.then(() => promise);
    try {
      await unlessAborted(before, signal);
      await this.#send(messages, isAnswer, signal);
    } finally {
      resolve();
    }
  }

  async #send(
    messages: KafkaRecord[],
    isAnswer: (error: unknown) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    this.#producer ??= await unlessAborted(this.#open(), signal);
    const producer = this.#producer;
    if (this.#isClosed) this.#giveUp();
    try {
      await unlessAborted(producer.send({ messages }), signal);
    } catch (error) {
      if (!isAnswer(error)) this.#giveUp();
      throw error;
    }
  }

  #giveUp(): void {
    if (this.#producer !== undefined) abandonProducer(this.#producer);
    this.#producer = undefined;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#giveUp();
  }
}
