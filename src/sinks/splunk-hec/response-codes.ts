/**
 * What each of HEC's codes asks for. Source: Splunk's table of HTTP Event Collector status codes.
 *
 * | meaning    | what becomes of the batch                                              |
 * | ---------- | ---------------------------------------------------------------------- |
 * | `taken`    | delivered                                                              |
 * | `retry`    | the same again later                                                   |
 * | `operator` | the same again, slowly; somebody has to change token, index or channel |
 * | `poisoned` | split until the event that is refused stands alone                     |
 */
export const responseCodes = {
  0: ['taken', 'taken'],
  1: ['operator', 'the token is disabled'],
  2: ['operator', 'a token is required'],
  3: ['operator', 'the authorization header is not acceptable'],
  4: ['operator', 'the token is not known'],
  5: ['poisoned', 'it has no data'],
  6: ['poisoned', 'its data format is not acceptable'],
  7: ['operator', 'the index does not exist, or the token may not write to it'],
  8: ['retry', 'an internal error'],
  9: ['retry', 'the server is busy'],
  10: ['operator', 'acknowledgement is on for the token; set acknowledgement: true'],
  11: ['operator', 'the channel is not acceptable'],
  12: ['poisoned', 'the event field is missing'],
  13: ['poisoned', 'the event field is blank'],
  14: ['operator', 'acknowledgement is off for the token; set acknowledgement: false'],
  15: ['poisoned', 'its indexed fields are not acceptable'],
  16: ['operator', 'the token must not travel in the query'],
  17: ['taken', 'healthy'],
  18: ['retry', 'the queues are full'],
  19: ['retry', 'the acknowledgement service is not available'],
  20: ['retry', 'the queues are full and the acknowledgement service is not available'],
  21: ['operator', 'the token is not valid'],
  22: ['operator', 'the token is disabled'],
} as const satisfies Readonly<Record<number, readonly [CodeMeaning, string]>>;

export type CodeMeaning = 'taken' | 'retry' | 'operator' | 'poisoned';

/** Undefined for a code that is not in the table: then the HTTP status decides. */
export function meaningOf(code: number): readonly [CodeMeaning, string] | undefined {
  const known: Readonly<Record<number, readonly [CodeMeaning, string]>> = responseCodes;
  return known[code];
}
