import { edit, type Sabotage } from './sabotage.ts';

const deliver = 'pipeline/deliver.ts';
const hecSink = 'sinks/splunk-hec/sink.ts';
const elasticsearchSink = 'sinks/elasticsearch/sink.ts';

/** Between the store and a receiver over a wire. */
export const wiresSabotages: readonly Sabotage[] = [
  {
    what: 'over a wire: the position is committed before the delivery',
    edits: [
      edit(
        deliver,
        'const { rejected } = hasLines(slice)',
        'const ahead = { position: slice.lastPosition }; await persist(delivering, () => store.saveDelivery(sink.name, stream, ahead), signal); const { rejected } = hasLines(slice)',
      ),
    ],
  },
  {
    what: 'over a wire: refused events do not go to the quarantine',
    edits: [
      edit(
        deliver,
        'store.saveDelivery(sink.name, stream, delivery, refused)',
        'store.saveDelivery(sink.name, stream, delivery)',
      ),
    ],
  },
  {
    what: 'over a wire: a slice is sent again when only its position could not be saved',
    edits: [
      edit(
        deliver,
        'const save = () => store.saveDelivery(sink.name, stream, delivery, refused);',
        'let tries = 0; const save = async () => { if (tries++ > 0) await sink.deliver(slice, signal); await store.saveDelivery(sink.name, stream, delivery, refused); };',
      ),
    ],
  },
  {
    what: 'a request is split, and what stands behind the refused event is left out',
    edits: [
      edit(
        'sinks/send-splitting.ts',
        'part.slice(named, named + 1), part.slice(named + 1)]',
        'part.slice(named, named + 1)]',
      ),
    ],
  },
  {
    what: 'a request is split, and its parts are sent in any order',
    edits: [
      edit(
        'sinks/send-splitting.ts',
        '...pieces(part, outcome).toReversed()',
        '...pieces(part, outcome)',
      ),
    ],
  },
  {
    what: 'HEC: acknowledgement is not waited for',
    edits: [edit(hecSink, 'await this.#untilAcknowledged(stream, reply.ackId, signal);', '')],
  },
  {
    what: 'HEC: any answer with 200 counts as taken',
    edits: [
      edit(
        hecSink,
        'const what = `code ${reply?.code}: ${words}`;',
        "const what = `code ${reply?.code}: ${words}`; if (answer.status === 200) return 'taken';",
      ),
    ],
  },
  {
    what: 'HEC: a collector that says that it is busy counts as having taken',
    edits: [
      edit(
        'sinks/splunk-hec/response-codes.ts',
        "['retry', 'the server is busy']",
        "['taken', 'the server is busy']",
      ),
      edit(hecSink, "meaning === 'taken' && answer.status === 200", "meaning === 'taken'"),
    ],
  },
  {
    what: 'HEC: the id depends on the attempt',
    edits: [
      edit('sinks/splunk-hec/body.ts', 'tailrace_id: id,', 'tailrace_id: id + Math.random(),'),
    ],
  },
  {
    what: 'Elasticsearch: documents that it had no room for are dropped',
    edits: [edit(elasticsearchSink, 'postponed.length === 0', 'postponed.length >= 0')],
  },
  {
    what: 'Elasticsearch: `_id` depends on the attempt',
    edits: [
      edit(
        'sinks/elasticsearch/bulk-body.ts',
        '`${stream}\\n${id}`',
        '`${stream}\\n${id}${Math.random()}`',
      ),
    ],
  },
  {
    what: 'Elasticsearch: a document that is there already goes to the quarantine',
    edits: [edit('sinks/elasticsearch/bulk-answer.ts', ' || status === 409', '')],
  },
  {
    what: 'Elasticsearch: what it took of a slice is sent again',
    edits: [
      edit(
        elasticsearchSink,
        'postponed: { events: postponed, error }',
        'postponed: { events, error }',
      ),
    ],
  },
];
