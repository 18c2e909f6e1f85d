import { AppError } from '../../core/errors.ts';
import { explainNetworkError } from '../../lib/explain-network-error.ts';
import type { RequestOutcome } from '../send-splitting.ts';

/** `retry`: it may pass. `operator`: somebody must do something. The others are about the records. */
export type BrokerMeaning = 'retry' | 'operator' | 'too large' | 'poisoned';

/** What brokers answer, by the names of the protocol (KIP-482, `Errors`), in words for a person. */
export const brokerErrors: Readonly<Record<string, readonly [BrokerMeaning, string]>> = {
  UNKNOWN_SERVER_ERROR: ['retry', 'the broker failed; its log says why'],
  CORRUPT_MESSAGE: ['retry', 'the request was damaged on the way'],
  UNKNOWN_TOPIC_OR_PARTITION: ['operator', 'the topic does not exist; create it'],
  LEADER_NOT_AVAILABLE: ['retry', 'the partition has no leader at the moment'],
  NOT_LEADER_OR_FOLLOWER: ['retry', 'the partition has moved to another broker'],
  REQUEST_TIMED_OUT: ['retry', 'the replicas did not confirm in time'],
  BROKER_NOT_AVAILABLE: ['retry', 'the broker is not available'],
  REPLICA_NOT_AVAILABLE: ['retry', 'the replica is not available'],
  MESSAGE_TOO_LARGE: ['too large', 'larger than the topic takes (max.message.bytes)'],
  NETWORK_EXCEPTION: ['retry', 'the connection broke'],
  COORDINATOR_LOAD_IN_PROGRESS: ['retry', 'the broker is starting'],
  COORDINATOR_NOT_AVAILABLE: ['retry', 'the broker is starting'],
  INVALID_TOPIC_EXCEPTION: ['operator', 'Kafka takes no topic of this name'],
  RECORD_LIST_TOO_LARGE: ['too large', 'larger than a segment of the topic (segment.bytes)'],
  NOT_ENOUGH_REPLICAS: ['retry', 'too few replicas are in sync (min.insync.replicas)'],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: ['retry', 'too few replicas are in sync (min.insync.replicas)'],
  INVALID_REQUIRED_ACKS: ['operator', 'the broker does not know acks=all'],
  TOPIC_AUTHORIZATION_FAILED: ['operator', 'this user may not write to the topic'],
  CLUSTER_AUTHORIZATION_FAILED: ['operator', 'this user may not write (IdempotentWrite)'],
  INVALID_TIMESTAMP: ['poisoned', 'the timestamp is out of the range that the topic takes'],
  UNSUPPORTED_SASL_MECHANISM: ['operator', 'the broker does not know this SASL mechanism'],
  ILLEGAL_SASL_STATE: ['operator', 'the broker does not ask for SASL on this port'],
  UNSUPPORTED_VERSION: ['operator', 'the broker is too old'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: ['operator', "the topic's message format is too old"],
  POLICY_VIOLATION: ['operator', "it violates the cluster's policy"],
  OUT_OF_ORDER_SEQUENCE_NUMBER: ['retry', 'the broker has forgotten this producer'],
  DUPLICATE_SEQUENCE_NUMBER: ['retry', 'the broker has forgotten this producer'],
  INVALID_PRODUCER_EPOCH: ['retry', 'the broker has forgotten this producer'],
  UNKNOWN_PRODUCER_ID: ['retry', 'the broker has forgotten this producer'],
  SECURITY_DISABLED: ['operator', 'the broker has no security'],
  KAFKA_STORAGE_ERROR: ['retry', 'the broker cannot write to its disk'],
  SASL_AUTHENTICATION_FAILED: ['operator', 'wrong user name or password'],
  FENCED_LEADER_EPOCH: ['retry', 'the partition has moved to another broker'],
  UNKNOWN_LEADER_EPOCH: ['retry', 'the partition has moved to another broker'],
  UNSUPPORTED_COMPRESSION_TYPE: ['operator', 'the broker does not know this compression'],
  INVALID_RECORD: ['poisoned', 'the broker takes no such record on this topic'],
  THROTTLING_QUOTA_EXCEEDED: ['retry', 'a quota is used up'],
};

/** What failing to send to `topic` means: an outcome, or else throws what the sink rejects with. */
export function outcomeOf(error: unknown, place: string, topic: string): RequestOutcome {
  const answer = answerOf(error);
  const known = brokerErrors[answer];
  if (known === undefined) throw unanswered(error, place);
  const [meaning, words] = known;
  const text = `${place}, topic ${topic}: ${words} (${answer})`;
  switch (meaning) {
    case 'too large':
      return { tooLarge: text };
    case 'poisoned':
      return { poisoned: text };
    case 'operator':
      throw new AppError('sink_refused', text, { cause: error });
    case 'retry':
    default:
      throw new AppError('sink_unavailable', text, { cause: error });
  }
}

/** Whether the broker answered, and refused the records rather than failed. */
export function isAboutRecords(error: unknown): boolean {
  const [meaning] = brokerErrors[answerOf(error)] ?? [];
  return meaning === 'too large' || meaning === 'poisoned';
}

/** The broker's answer to the last attempt, by its name in the protocol; empty when there was none. */
function answerOf(error: unknown): string {
  const names = leavesOf(error).map(({ name }) => name);
  return names.findLast((name) => Object.hasOwn(brokerErrors, name)) ?? '';
}

function unanswered(error: unknown, place: string): AppError {
  const { text, needsOperator } = explainNetworkError(lastOf(error), place);
  return new AppError(needsOperator ? 'sink_refused' : 'sink_unavailable', text, { cause: error });
}

interface Leaf {
  /** As in the table; empty for what is not a broker's answer. */
  readonly name: string;
  readonly error: Error;
}

/** What the client cannot tell apart by a code. */
const clientMessages: readonly (readonly [RegExp, string])[] = [
  [/^Unknown topic /, 'UNKNOWN_TOPIC_OR_PARTITION'],
  [/^SASL authentication failed/, 'SASL_AUTHENTICATION_FAILED'],
  [/^Cannot find a suitable SASL mechanism/, 'UNSUPPORTED_SASL_MECHANISM'],
];

/** Every error inside, in the order of the attempts; what caused an error stands behind it. */
function leavesOf(error: unknown, depth = 0): readonly Leaf[] {
  if (!(error instanceof Error) || depth > 8) return [];
  const inner: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...inner, error.cause].flatMap((one) =>
    one === error ? [{ name: nameOf(error), error }] : leavesOf(one, depth + 1),
  );
}

function nameOf(error: Error): string {
  if ('apiId' in error && typeof error.apiId === 'string') return error.apiId;
  return clientMessages.find(([words]) => words.test(error.message))?.[1] ?? '';
}

/** The innermost error of the last attempt, which says most. */
function lastOf(error: unknown): unknown {
  const leaves = leavesOf(error);
  const coded = leaves.findLast(
    ({ error: { message } }) => !/failed \d+ times\.$|^Cannot connect to any/.test(message),
  );
  return coded?.error ?? error;
}
