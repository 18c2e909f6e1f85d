import { maskedRequestHeader, maskedResponseHeader } from './apptrana-headers.ts';
import type { FeedField } from './feed.ts';
import { notAnAddress, uriPath, uriQuery, versionNumber } from './schema-parts.ts';

type AttackField = Omit<FeedField, 'v1Name' | 'cef' | 'syslogName'>;

/** The attributes of an attack, in the order of the sample in "SIEM Integration through API". */
const documented: readonly AttackField[] = [
  {
    name: 'attackerIP',
    type: 'address',
    description: 'The address of the attacker.',
    strictCef: {
      key: 'src',
      otherwise: { key: 'c6a2', label: 'Source IPv6 Address', otherwise: { key: 'shost' } },
    },
    ecs: [{ path: 'source.ip' }, { path: 'source.address' }],
    ocsf: [{ path: 'src_endpoint.ip' }, { path: 'src_endpoint.name', part: notAnAddress }],
  },
  {
    name: 'attackerGeo',
    type: 'string',
    description: 'The country of the attacker, as ISO 3166 alpha-2.',
    strictCef: { key: 'flexString1', label: 'attackerGeo' },
    ecs: [{ path: 'source.geo.country_iso_code' }],
    ocsf: [{ path: 'src_endpoint.location.country' }],
  },
  {
    name: 'severity',
    type: 'integer',
    description: 'On ModSecurity’s scale: 0 Emergency to 7 Debug; 4 when it is not given.',
    role: 'severity',
    strictCef: { key: 'cn2', label: 'severity' },
  },
  {
    name: 'eventType',
    type: 'string',
    description: 'What was done about the attack: Log or Block.',
    strictCef: { key: 'act' },
    ecs: [{ path: 'event.action' }],
    ocsf: [{ path: 'status_code' }],
  },
  {
    name: 'attackTime',
    type: 'time',
    description: 'When it happened: ISO 8601 with offset, or epoch milliseconds.',
    role: 'time',
    precision: 'millisecond',
    strictCef: { key: 'rt' },
  },
  {
    name: 'attackUri',
    type: 'string',
    description: 'What was asked for: the path and the query.',
    strictCef: { key: 'request' },
    ecs: [
      { path: 'url.original' },
      { path: 'url.path', part: uriPath },
      { path: 'url.query', part: uriQuery },
    ],
    ocsf: [
      { path: 'http_request.url.path', part: uriPath },
      { path: 'http_request.url.query_string', part: uriQuery },
    ],
  },
  {
    name: 'target',
    type: 'string',
    description: 'The part of the request that the rule looked at.',
    strictCef: { key: 'cs3', label: 'target' },
    ocsf: [{ path: 'firewall_rule.match_location' }],
  },
  {
    name: 'attackData',
    type: 'string',
    description: 'The text that the rule found, as the attacker sent it.',
    strictCef: { key: 'msg' },
    ecs: [{ path: 'message', otherwise: true }],
    ocsf: [{ path: 'firewall_rule.match_details' }, { path: 'message', otherwise: true }],
  },
  {
    name: 'ipReputation',
    type: 'string',
    description: 'What is known of the attacker’s address.',
    strictCef: { key: 'cs4', label: 'ipReputation' },
  },
  {
    name: 'category',
    type: 'string',
    description: 'The kind of attack; also what is exported is chosen by it.',
    role: 'type',
    strictCef: { key: 'cat' },
    ecs: [{ path: 'rule.category' }],
    ocsf: [
      { path: 'metadata.event_code' },
      { path: 'firewall_rule.category' },
      { path: 'firewall_rule.name', otherwise: true },
    ],
  },
  {
    name: 'ruleId',
    type: 'string',
    description: 'The number of the rule.',
    ecs: [{ path: 'rule.id' }],
    ocsf: [{ path: 'firewall_rule.uid' }],
  },
  {
    name: 'requestId',
    type: 'string',
    description:
      'The web server’s number of the request, which several rules may have found fault with.',
    strictCef: { key: 'flexString2', label: 'requestId' },
    ecs: [{ path: 'http.request.id' }],
    ocsf: [{ path: 'http_request.uid' }],
  },
  {
    name: 'ruleName',
    type: 'string',
    description: 'What the rule says.',
    ecs: [{ path: 'rule.name' }, { path: 'message' }],
    ocsf: [{ path: 'firewall_rule.name' }, { path: 'message' }],
  },
  {
    name: 'tagName',
    type: 'string',
    description: 'The rule’s tag.',
    strictCef: { key: 'cs1', label: 'tagName' },
  },
  {
    name: 'hostName',
    type: 'string',
    description: 'The host that was asked for.',
    trimmed: true,
    strictCef: { key: 'dhost' },
    ecs: [{ path: 'url.domain' }],
    ocsf: [{ path: 'dst_endpoint.hostname' }, { path: 'http_request.url.hostname' }],
  },
  {
    name: 'statusCode',
    type: 'integer',
    description: 'The status of the answer.',
    strictCef: { key: 'cn1', label: 'statusCode' },
    ecs: [{ path: 'http.response.status_code' }],
    ocsf: [{ path: 'http_response.code' }],
  },
  {
    name: 'requestHeader',
    type: 'string',
    description:
      'The request’s headers. CEF and Syslog lines show *** for cookies and credentials.',
    inLines: maskedRequestHeader,
    strictCef: { key: 'cs2', label: 'requestHeader' },
  },
  {
    name: 'responseHeader',
    type: 'string',
    description: 'The answer’s headers. CEF and Syslog lines show *** for cookies and credentials.',
    inLines: maskedResponseHeader,
    strictCef: { key: 'cs6', label: 'responseHeader' },
  },
  {
    name: 'tlsVersion',
    type: 'string',
    description: 'The version of TLS; null for a request in plain HTTP.',
    strictCef: { key: 'cs5', label: 'tlsVersion' },
    ecs: [{ path: 'tls.version', part: versionNumber }],
    ocsf: [{ path: 'tls.version', part: versionNumber }],
  },
  {
    name: 'requestProtocol',
    type: 'string',
    description: 'The request’s protocol.',
    strictCef: { key: 'app' },
    ecs: [{ path: 'http.version', part: versionNumber }],
    ocsf: [{ path: 'http_request.version', part: versionNumber }],
  },
];

/** What stands outside of the attack, or is Tailrace's own. */
const others: readonly AttackField[] = [
  {
    name: 'websiteName',
    type: 'string',
    description: 'The website under which the answer lists the attack.',
    trimmed: true,
    strictCef: { key: 'destinationServiceName' },
  },
  {
    name: 'id',
    type: 'string',
    description: 'Identity chosen by the sender: 1 to 128 printable ASCII characters, no space.',
    role: 'id',
    strictCef: { key: 'externalId' },
  },
  {
    name: 'gapFrom',
    type: 'time',
    description: 'Gap records: nothing is missing at or before this moment.',
    strictCef: { key: 'deviceCustomDate1', label: 'gapFrom' },
    ecs: [{ path: 'event.start' }],
    ocsf: [{ path: 'start_time' }],
  },
  {
    name: 'gapUntil',
    type: 'time',
    description: 'Gap records: nothing is missing from this moment on.',
    strictCef: { key: 'deviceCustomDate2', label: 'gapUntil' },
    ecs: [{ path: 'event.end' }],
    ocsf: [{ path: 'end_time' }],
  },
  {
    name: 'gapCount',
    type: 'integer',
    description: 'Gap records: how many events are missing, if that is known.',
    strictCef: { key: 'cnt' },
  },
];

/** Names of the attributes of an attack in the order in which the document has them. */
export const attackAttributes: readonly string[] = documented.map(({ name }) => name);

/** The document's attributes in its order, then the others. */
export const appTranaFields: readonly FeedField[] = [...documented, ...others].map((field) => ({
  ...field,
  v1Name: field.name,
}));
