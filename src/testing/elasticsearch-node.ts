import type { PeerAnswer, PeerRequest } from './http-peer.ts';

export interface ElasticsearchNodeOptions {
  readonly authorization: string;
  /** A document that holds this text is refused, as one whose field has another type. */
  readonly poison?: string;
  /** More documents than this in one request are too large for it. */
  readonly documentsMax?: number;
  /** Left out: every index is there. */
  readonly indexes?: readonly string[];
  /** Gets every document that is taken; then only their ids are kept here, and no requests. */
  readonly onTaken?: (document: Readonly<Record<string, unknown>>) => void;
}

interface Item {
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string };
}

/**
 * Elasticsearch's `_bulk` as it is documented: an outcome for each item, `create` that refuses an id
 * that is there, and 200 although items failed.
 */
export class ElasticsearchNode {
  /** By index and id, in the order in which they came. */
  readonly documents = new Map<string, Readonly<Record<string, unknown>>>();
  readonly requests: PeerRequest[] = [];
  /** Items that are answered so next, whatever they are. */
  readonly nextItems: number[] = [];
  /** Requests that are answered so next, whatever they are. */
  readonly nextStatuses: number[] = [];
  /** How often a document came that was there already. */
  repeats = 0;
  readonly #options: ElasticsearchNodeOptions;
  #isClosed = false;

  constructor(options: ElasticsearchNodeOptions) {
    this.#options = options;
  }

  /** From now on the credential is not known. */
  close(): void {
    this.#isClosed = true;
  }

  answer(request: PeerRequest): PeerAnswer {
    if (!this.#options.onTaken) this.requests.push(request);
    const next = this.nextStatuses.shift();
    if (next !== undefined) return failed(next, 'es_rejected_execution_exception', 'asked for');
    const isKnown = request.headers.authorization === this.#options.authorization;
    if (this.#isClosed || !isKnown) {
      return failed(401, 'security_exception', 'unable to authenticate');
    }
    if (!request.body.endsWith('\n')) {
      return failed(400, 'illegal_argument_exception', 'must be terminated by a new line [\\n]');
    }
    const lines = request.body.split('\n').slice(0, -1);
    if (lines.length / 2 > (this.#options.documentsMax ?? Infinity)) return { status: 413 };
    const [, index = ''] = request.url.pathname.split('/');
    const items: { readonly create: Item }[] = [];
    for (let at = 0; at < lines.length; at += 2) {
      items.push({ create: this.#create(index, lines[at] ?? '', lines[at + 1] ?? '') });
    }
    const errors = items.some(({ create }) => create.status >= 300);
    return { status: 200, body: JSON.stringify({ took: 1, errors, items }) };
  }

  #create(index: string, action: string, source: string): Item {
    const next = this.nextItems.shift();
    if (next !== undefined) return refused(next, 'exception', 'asked for');
    const { create }: { create: Readonly<Record<string, string>> } = JSON.parse(action);
    if (this.#options.indexes?.includes(decodeURIComponent(index)) === false) {
      return refused(404, 'index_not_found_exception', `no such index [${index}]`);
    }
    const key = `${decodeURIComponent(index)}/${create['_id']}`;
    if (this.documents.has(key)) {
      this.repeats += 1;
      return refused(409, 'version_conflict_engine_exception', 'document already exists');
    }
    if (this.#options.poison !== undefined && source.includes(this.#options.poison)) {
      return refused(400, 'document_parsing_exception', 'failed to parse field [cn1]');
    }
    const document: Readonly<Record<string, unknown>> = JSON.parse(source);
    const { event } = document;
    if (typeof event === 'object' && event !== null && 'original' in event) {
      // The component template `ecs@mappings`, which the template of `logs-*-*` has, says keyword.
      if (typeof event.original !== 'string') {
        return refused(400, 'document_parsing_exception', 'failed to parse field [event.original]');
      }
    }
    if (document['@timestamp'] === undefined) {
      return refused(400, 'document_parsing_exception', 'data stream timestamp field is missing');
    }
    const { onTaken } = this.#options;
    onTaken?.(document);
    this.documents.set(key, onTaken ? {} : document);
    return { status: 201 };
  }
}

function refused(status: number, type: string, reason: string): Item {
  return { status, error: { type, reason } };
}

function failed(status: number, type: string, reason: string): PeerAnswer {
  return { status, body: JSON.stringify({ error: { type, reason }, status }) };
}
