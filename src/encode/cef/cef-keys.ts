import { isIPv4, isIPv6 } from 'node:net';

const longMax = 9_223_372_036_854_775_807n;
const integerMax = 2_147_483_647n;

/** Whether a receiver that converts a value by its type can take it. */
const fitsByType = {
  string: () => true,
  integer: (text: string) => isInteger(text, integerMax),
  long: (text: string) => isInteger(text, longMax),
  ipv4: isIPv4,
  // A zone (`%eth0`) means something on one host only, and receivers refuse it.
  ipv6: (text: string) => isIPv6(text) && !text.includes('%'),
  time: (text: string) => /^\d{1,15}$/.test(text),
} as const;

/** What the CEF Implementation Standard (version 27) says of an extension key. */
export interface CefKey {
  readonly type: keyof typeof fitsByType;
  /** Code points; undefined where the type says it. */
  readonly lengthMax?: number;
}

/** The keys for event producers that feeds use. Consumers' keys must not be sent and are not here. */
export const cefKeys: Readonly<Record<string, CefKey>> = {
  act: { type: 'string', lengthMax: 63 },
  app: { type: 'string', lengthMax: 31 },
  c6a2: { type: 'ipv6' },
  c6a3: { type: 'ipv6' },
  cat: { type: 'string', lengthMax: 1023 },
  cn1: { type: 'long' },
  cn2: { type: 'long' },
  cn3: { type: 'long' },
  cnt: { type: 'integer' },
  cs1: { type: 'string', lengthMax: 4000 },
  cs2: { type: 'string', lengthMax: 4000 },
  cs3: { type: 'string', lengthMax: 4000 },
  cs4: { type: 'string', lengthMax: 4000 },
  cs5: { type: 'string', lengthMax: 4000 },
  cs6: { type: 'string', lengthMax: 4000 },
  destinationServiceName: { type: 'string', lengthMax: 1023 },
  deviceCustomDate1: { type: 'time' },
  deviceCustomDate2: { type: 'time' },
  deviceExternalId: { type: 'string', lengthMax: 255 },
  deviceFacility: { type: 'string', lengthMax: 1023 },
  dhost: { type: 'string', lengthMax: 1023 },
  dst: { type: 'ipv4' },
  duid: { type: 'string', lengthMax: 1023 },
  duser: { type: 'string', lengthMax: 1023 },
  dvchost: { type: 'string', lengthMax: 100 },
  end: { type: 'time' },
  externalId: { type: 'string', lengthMax: 40 },
  flexString1: { type: 'string', lengthMax: 1023 },
  flexString2: { type: 'string', lengthMax: 1023 },
  msg: { type: 'string', lengthMax: 1023 },
  outcome: { type: 'string', lengthMax: 63 },
  request: { type: 'string', lengthMax: 1023 },
  requestClientApplication: { type: 'string', lengthMax: 1023 },
  requestContext: { type: 'string', lengthMax: 2048 },
  requestCookies: { type: 'string', lengthMax: 1023 },
  rt: { type: 'time' },
  shost: { type: 'string', lengthMax: 1023 },
  src: { type: 'ipv4' },
  start: { type: 'time' },
  suser: { type: 'string', lengthMax: 1023 },
};

/** Code points, in the header. */
export const cefHeaderLengths = {
  vendor: 63,
  product: 63,
  deviceVersion: 31,
  classId: 1023,
  name: 512,
} as const;

/** Whether `text` may stand in a key of this type. */
export function fitsType(type: CefKey['type'], text: string): boolean {
  return fitsByType[type](text);
}

function isInteger(text: string, max: bigint): boolean {
  if (/^-?\d{1,9}$/.test(text)) return true;
  if (!/^-?\d{1,19}$/.test(text)) return false;
  const value = BigInt(text);
  return value <= max && value >= -max - 1n;
}
