import { HttpPeer, type PeerAnswer, type PeerRequest } from './http-peer.ts';
import { SplunkHec, type SplunkHecOptions } from './splunk-hec.ts';

/** A Splunk HTTP Event Collector that listens. */
export class SplunkHecPeer extends SplunkHec implements AsyncDisposable {
  readonly peer: HttpPeer;

  private constructor(peer: HttpPeer, options: SplunkHecOptions) {
    super(options);
    this.peer = peer;
  }

  static async start(options: SplunkHecOptions): Promise<SplunkHecPeer> {
    const late: { answer?: (request: PeerRequest) => PeerAnswer } = {};
    const peer = await HttpPeer.start((request) => late.answer?.(request) ?? { status: 503 });
    const hec = new SplunkHecPeer(peer, options);
    late.answer = (request) => hec.answer(request);
    return hec;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer[Symbol.asyncDispose]();
  }
}
