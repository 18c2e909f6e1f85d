/**
 * What the published schemas ask for, written down here and not taken from the encoders.
 * ECS 9.5: the reference of fields, and "ECS categorization fields" with the types that are expected in
 * each category. OCSF 1.9: `events/`, `objects/`, `profiles/` of the schema's repository.
 */
import type { JsonObject, JsonValue } from '../../src/core/json.ts';

type Check = (value: JsonValue) => boolean;

const text: Check = (value) => typeof value === 'string' && value !== '';
const integer: Check = (value) => Number.isSafeInteger(value);
const bool: Check = (value) => typeof value === 'boolean';
const texts: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(text);
const address: Check = (value) =>
  typeof value === 'string' && /^(?:[\d.]+|[\da-fA-F:.]+)$/.test(value);
const hostname: Check = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9.-]{1,253}$/.test(value);
const date: Check = (value) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
const oneOf =
  (...allowed: readonly JsonValue[]): Check =>
  (value) =>
    allowed.includes(value);

/** `keyword`, `wildcard` and `match_only_text` are texts. */
const ecsFields: Readonly<Record<string, Check>> = {
  '@timestamp': date,
  'ecs.version': oneOf('9.5.0'),
  'error.stack_trace': text,
  'event.action': text,
  'event.category': texts,
  'event.code': text,
  'event.dataset': text,
  'event.end': date,
  'event.id': text,
  'event.kind': oneOf('alert', 'event', 'pipeline_error'),
  'event.module': text,
  'event.original': text,
  'event.outcome': oneOf('success', 'failure', 'unknown'),
  'event.severity': integer,
  'event.start': date,
  'event.type': texts,
  'host.id': text,
  'host.name': text,
  'host.os.full': text,
  'http.request.id': text,
  'http.request.referrer': text,
  'http.response.status_code': integer,
  'http.version': text,
  'log.syslog.facility.code': integer,
  'log.syslog.severity.code': integer,
  message: text,
  'observer.product': text,
  'observer.type': text,
  'observer.vendor': text,
  'rule.category': text,
  'rule.id': text,
  'rule.name': text,
  'source.address': text,
  'source.geo.country_iso_code': text,
  'source.ip': address,
  'tls.version': text,
  'url.domain': text,
  'url.original': text,
  'url.path': text,
  'url.query': text,
  'user.name': text,
  'user.target.email': text,
  'user.target.id': text,
  'user.target.name': text,
  'user_agent.original': text,
};

/** The types that are expected in a category. */
const ecsTypes: Readonly<Record<string, readonly string[]>> = {
  authentication: ['start', 'end', 'info'],
  configuration: ['access', 'change', 'creation', 'deletion', 'info'],
  file: ['access', 'change', 'creation', 'deletion', 'info'],
  iam: ['admin', 'change', 'creation', 'deletion', 'group', 'info', 'user'],
  intrusion_detection: ['allowed', 'denied', 'info'],
  package: ['access', 'change', 'deletion', 'info', 'installation', 'start'],
};

/** What is wrong with a line by ECS; custom fields may stand under `namespace` only. */
export function ecsProblems(line: JsonObject, namespace: string): readonly string[] {
  const leaves = leavesOf(line).filter(([path]) => !path.startsWith(`${namespace}.`));
  const categories = listAt(line, 'event.category');
  const expected = categories.flatMap((category) => ecsTypes[category] ?? []);
  return [
    ...(Object.keys(line)[0] === '@timestamp' ? [] : ['@timestamp is not first']),
    ...leaves.flatMap(([path, value]) => wrong(path, value, ecsFields[path])),
    ...['@timestamp', 'ecs.version', 'event.id', 'event.kind'].filter((path) => !at(line, path)),
    ...categories.filter((category) => !(category in ecsTypes)).map((name) => `category ${name}`),
    ...(categories.length === 0 ? [] : listAt(line, 'event.type'))
      .filter((type) => !expected.includes(type))
      .map((type) => `type ${type} in ${categories.join()}`),
  ];
}

interface ReferenceClass {
  readonly category: number;
  readonly activities: readonly number[];
  readonly attributes: readonly string[];
  readonly required: readonly string[];
  readonly oneOf: readonly (readonly string[])[];
}

const base = [
  'activity_id',
  'activity_name',
  'category_uid',
  'class_uid',
  'end_time',
  'message',
  'metadata',
  'raw_data',
  'severity_id',
  'start_time',
  'status',
  'status_code',
  'status_detail',
  'status_id',
  'time',
  'type_uid',
  'unmapped',
];
const baseRequired = [
  'activity_id',
  'category_uid',
  'class_uid',
  'metadata.product',
  'metadata.version',
  'severity_id',
  'time',
  'type_uid',
];

const ocsfClasses: Readonly<Record<number, ReferenceClass>> = {
  0: {
    category: 0,
    activities: [0, 99],
    attributes: ['actor', 'device'],
    required: [],
    oneOf: [],
  },
  2004: {
    category: 2,
    activities: [0, 1, 2, 3, 99],
    attributes: ['actor', 'device', 'finding_info', 'is_alert'],
    required: ['finding_info.uid'],
    oneOf: [],
  },
  3002: {
    category: 3,
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 99],
    attributes: ['actor', 'dst_endpoint', 'service', 'src_endpoint', 'user'],
    required: ['user'],
    oneOf: [['service', 'dst_endpoint']],
  },
  4002: {
    category: 4,
    activities: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99],
    attributes: [
      'action_id',
      'disposition_id',
      'dst_endpoint',
      'firewall_rule',
      'http_request',
      'http_response',
      'is_alert',
      'src_endpoint',
      'tls',
    ],
    required: [],
    oneOf: [
      ['http_request', 'http_response'],
      ['src_endpoint', 'dst_endpoint'],
    ],
  },
  6003: {
    category: 6,
    activities: [0, 1, 2, 3, 4, 99],
    attributes: ['actor', 'api', 'src_endpoint'],
    required: ['actor', 'api.operation', 'src_endpoint'],
    oneOf: [],
  },
};

/** What an object must hold when it is there: all of the first, one of the second. */
const ocsfObjects: Readonly<
  Record<string, { readonly all?: readonly string[]; readonly one?: readonly string[] }>
> = {
  'actor.user': { one: ['name', 'uid', 'account'] },
  device: { all: ['type_id'], one: ['name', 'uid', 'ip', 'hostname'] },
  dst_endpoint: { one: ['hostname', 'ip', 'name', 'uid'] },
  finding_info: { all: ['uid'] },
  firewall_rule: { one: ['name', 'uid'] },
  'http_request.url': { one: ['path', 'url_string'] },
  http_response: { all: ['code'] },
  'metadata.product': { all: ['name', 'vendor_name'] },
  service: { one: ['name', 'uid'] },
  src_endpoint: { one: ['ip', 'name', 'uid', 'hostname'] },
  tls: { all: ['version'] },
  user: { one: ['name', 'uid', 'account'] },
};

const ocsfTypes: Readonly<Record<string, Check>> = {
  action_id: oneOf(1, 2, 3),
  activity_name: text,
  'actor.user.name': text,
  'api.operation': text,
  'device.name': text,
  'device.type_id': oneOf(0),
  'device.uid': text,
  disposition_id: oneOf(2, 17),
  'dst_endpoint.hostname': hostname,
  end_time: integer,
  'finding_info.title': text,
  'finding_info.uid': text,
  'firewall_rule.category': text,
  'firewall_rule.match_details': texts,
  'firewall_rule.match_location': text,
  'firewall_rule.name': text,
  'firewall_rule.uid': text,
  'http_request.referrer': text,
  'http_request.uid': text,
  'http_request.url.hostname': hostname,
  'http_request.url.path': text,
  'http_request.url.query_string': text,
  'http_request.user_agent': text,
  'http_request.version': text,
  'http_response.code': integer,
  is_alert: bool,
  message: text,
  'metadata.event_code': text,
  'metadata.original_time': text,
  'metadata.product.name': text,
  'metadata.product.vendor_name': text,
  'metadata.profiles': texts,
  'metadata.uid': text,
  'metadata.version': oneOf('1.9.0'),
  raw_data: text,
  'service.name': text,
  severity_id: oneOf(1, 2, 3, 4, 5, 6),
  'src_endpoint.ip': address,
  'src_endpoint.location.country': text,
  'src_endpoint.name': text,
  'src_endpoint.uid': text,
  start_time: integer,
  status: text,
  status_code: text,
  status_id: oneOf(0, 1, 2, 99),
  time: integer,
  'tls.version': text,
  'user.name': text,
};

/** What is wrong with a line by OCSF. */
export function ocsfProblems(line: JsonObject): readonly string[] {
  const { class_uid: uid, category_uid: category, activity_id: activity, type_uid: type } = line;
  const definition = typeof uid === 'number' ? ocsfClasses[uid] : undefined;
  if (definition === undefined) return [`class_uid ${JSON.stringify(uid)}`];
  const known = new Set([...base, ...definition.attributes]);
  const classification = ['class_uid', 'category_uid', 'activity_id', 'type_uid'];
  return [
    ...Object.keys(line).filter((name) => !known.has(name)),
    ...[...baseRequired, ...definition.required].filter((path) => at(line, path) === undefined),
    ...definition.oneOf
      .filter((names) => names.every((name) => line[name] === undefined))
      .map((names) => `one of ${names.join()}`),
    ...(category === definition.category ? [] : ['category_uid']),
    ...(definition.activities.some((id) => id === activity) ? [] : ['activity_id']),
    ...(type === Number(uid) * 100 + Number(activity) ? [] : ['type_uid']),
    ...(activity === 99 && line['activity_name'] === undefined ? ['activity_name'] : []),
    ...(line['status_id'] === 1 && line['status'] !== 'Success' ? ['status'] : []),
    ...(line['status_id'] === 2 && line['status'] !== 'Failure' ? ['status'] : []),
    ...objectProblems(line),
    ...leavesOf(line)
      .filter(([path]) => !path.startsWith('unmapped.') && !classification.includes(path))
      .flatMap(([path, value]) => wrong(path, value, ocsfTypes[path])),
  ];
}

function objectProblems(line: JsonObject): readonly string[] {
  return Object.entries(ocsfObjects).flatMap(([path, { all = [], one = [] }]) => {
    const object = at(line, path);
    if (!isObject(object)) return object === undefined ? [] : [path];
    const hasOne = one.length === 0 || one.some((name) => object[name] !== undefined);
    return [
      ...all.filter((name) => object[name] === undefined).map((name) => `${path}.${name}`),
      ...(hasOne ? [] : [`${path}: one of ${one.join()}`]),
    ];
  });
}

function wrong(path: string, value: JsonValue, check: Check | undefined): readonly string[] {
  if (check === undefined) return [`${path} is no attribute`];
  return check(value) ? [] : [`${path}: ${JSON.stringify(value).slice(0, 80)}`];
}

/** Dotted paths and what stands there; lists are leaves. */
export function leavesOf(value: JsonObject, start = ''): readonly (readonly [string, JsonValue])[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    isObject(inner) ? leavesOf(inner, `${start}${name}.`) : [[`${start}${name}`, inner] as const],
  );
}

export function at(line: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = line;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}

function listAt(line: JsonObject, path: string): readonly string[] {
  const value = at(line, path);
  return Array.isArray(value) ? value.map(String) : [];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
