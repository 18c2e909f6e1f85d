import { ElasticsearchNode, type ElasticsearchNodeOptions } from './elasticsearch-node.ts';
import { HttpPeer, type PeerAnswer, type PeerRequest } from './http-peer.ts';

/** A node of Elasticsearch that listens. */
export class ElasticsearchPeer extends ElasticsearchNode implements AsyncDisposable {
  readonly peer: HttpPeer;

  private constructor(peer: HttpPeer, options: ElasticsearchNodeOptions) {
    super(options);
    this.peer = peer;
  }

  static async start(options: ElasticsearchNodeOptions): Promise<ElasticsearchPeer> {
    const late: { answer?: (request: PeerRequest) => PeerAnswer } = {};
    const peer = await HttpPeer.start((request) => late.answer?.(request) ?? { status: 503 });
    const node = new ElasticsearchPeer(peer, options);
    late.answer = (request) => node.answer(request);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer[Symbol.asyncDispose]();
  }
}
