import type { SchemaType } from '../schema-values.ts';

/** The version of the Elastic Common Schema that lines are written for. */
export const ecsVersion = '9.5.0';

/**
 * The fields of ECS that feeds have places for or every line has, with their types (`keyword`,
 * `wildcard` and `match_only_text` are texts). From the reference of fields of ECS 9.5.
 */
export const ecsFields: Readonly<Record<string, SchemaType>> = {
  'error.stack_trace': 'text',
  'event.action': 'text',
  'event.end': 'moment',
  'event.start': 'moment',
  'host.id': 'text',
  'host.name': 'text',
  'host.os.full': 'text',
  'http.request.id': 'text',
  'http.request.referrer': 'text',
  'http.response.status_code': 'integer',
  'http.version': 'text',
  'log.syslog.facility.code': 'integer',
  'log.syslog.severity.code': 'integer',
  message: 'text',
  'rule.category': 'text',
  'rule.id': 'text',
  'rule.name': 'text',
  'source.address': 'text',
  'source.geo.country_iso_code': 'text',
  'source.ip': 'address',
  'tls.version': 'text',
  'url.domain': 'text',
  'url.original': 'text',
  'url.path': 'text',
  'url.query': 'text',
  'user.name': 'text',
  'user.target.email': 'text',
  'user.target.id': 'text',
  'user.target.name': 'text',
  'user_agent.original': 'text',
};
