import type { SchemaType } from '../schema-values.ts';

/** The version of the Open Cybersecurity Schema Framework that lines are written for. */
export const ocsfVersion = '1.9.0';

/** What the schema says of a class, as far as events here are concerned. */
export interface OcsfClass {
  readonly categoryUid: number;
  readonly activityIds: readonly number[];
  /** Names of its profiles that lines use. */
  readonly profiles: readonly string[];
  /** Attributes at the top of an event of this class, beside those that every class has. */
  readonly attributes: readonly string[];
  readonly required: readonly string[];
  /** Of each group at least one must be there. */
  readonly oneOf: readonly (readonly string[])[];
}

/** By `class_uid`. From OCSF 1.9: `events/` and the profiles `host` and `security_control`. */
export const ocsfClasses = {
  /** Base Event */
  0: {
    categoryUid: 0,
    activityIds: [0, 99],
    profiles: ['host'],
    attributes: ['actor', 'device'],
    required: [],
    oneOf: [],
  },
  /** Detection Finding */
  2004: {
    categoryUid: 2,
    activityIds: [0, 1, 2, 3, 99],
    profiles: ['host'],
    attributes: ['actor', 'device', 'finding_info', 'is_alert'],
    required: ['finding_info'],
    oneOf: [],
  },
  /** Authentication */
  3002: {
    categoryUid: 3,
    activityIds: [0, 1, 2, 3, 4, 5, 6, 7, 99],
    profiles: [],
    attributes: ['actor', 'user', 'service', 'dst_endpoint', 'src_endpoint', 'http_request'],
    required: ['user'],
    oneOf: [['service', 'dst_endpoint']],
  },
  /** HTTP Activity */
  4002: {
    categoryUid: 4,
    activityIds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99],
    profiles: ['security_control'],
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
  /** API Activity */
  6003: {
    categoryUid: 6,
    activityIds: [0, 1, 2, 3, 4, 99],
    profiles: [],
    attributes: ['actor', 'api', 'dst_endpoint', 'http_request', 'http_response', 'src_endpoint'],
    required: ['actor', 'api', 'src_endpoint'],
    oneOf: [],
  },
} as const satisfies Readonly<Record<number, OcsfClass>>;

/** Attributes of every class that feeds have places for or every line has. */
export const ocsfBaseAttributes = [
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
] as const;

/** The attributes that feeds have places for, with their types. */
export const ocsfAttributes: Readonly<Record<string, SchemaType>> = {
  'actor.user.name': 'text',
  'device.name': 'text',
  'device.uid': 'text',
  'dst_endpoint.hostname': 'hostname',
  end_time: 'epochMs',
  'firewall_rule.category': 'text',
  'firewall_rule.match_details': 'texts',
  'firewall_rule.match_location': 'text',
  'firewall_rule.name': 'text',
  'firewall_rule.uid': 'text',
  'http_request.referrer': 'text',
  'http_request.uid': 'text',
  'http_request.url.hostname': 'hostname',
  'http_request.url.path': 'text',
  'http_request.url.query_string': 'text',
  'http_request.user_agent': 'text',
  'http_request.version': 'text',
  'http_response.code': 'integer',
  message: 'text',
  'metadata.event_code': 'text',
  'src_endpoint.ip': 'address',
  'src_endpoint.location.country': 'text',
  'src_endpoint.name': 'text',
  'src_endpoint.uid': 'text',
  start_time: 'epochMs',
  status_code: 'text',
  status_detail: 'text',
  'tls.version': 'text',
  'user.name': 'text',
};

/** Objects that must hold one of these to be valid; from their constraints and required attributes. */
export const ocsfObjects: Readonly<Record<string, readonly string[]>> = {
  device: ['device.name', 'device.uid'],
  firewall_rule: ['firewall_rule.name', 'firewall_rule.uid'],
  'http_request.url': ['http_request.url.path'],
  src_endpoint: ['src_endpoint.ip', 'src_endpoint.name', 'src_endpoint.uid'],
};
