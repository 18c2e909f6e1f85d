import type { z } from 'zod';
import { appTrana } from '../feeds/apptrana.ts';
import { inSync } from '../feeds/insync.ts';
import { elasticsearchSinkOptions } from '../sinks/elasticsearch/options.ts';
import { fileSinkOptions } from '../sinks/file/options.ts';
import { httpSinkOptions } from '../sinks/http/options.ts';
import { kafkaSinkOptions } from '../sinks/kafka/options.ts';
import { otlpSinkOptions } from '../sinks/otlp/options.ts';
import { splunkHecSinkOptions } from '../sinks/splunk-hec/options.ts';
import { stdoutSinkOptions } from '../sinks/stdout/options.ts';
import { syslogSinkOptions } from '../sinks/syslog/options.ts';
import { apptranaOptions } from '../sources/apptrana/options.ts';
import { druvaOptions } from '../sources/druva/options.ts';
import { tailraceOptions } from '../sources/tailrace/options.ts';

/** What each type of source is configured with, beside what every source has. */
export const sourceTypes = {
  druva: tagged('druva', druvaOptions),
  apptrana: tagged('apptrana', apptranaOptions),
  tailrace: tagged('tailrace', tailraceOptions),
} as const;

/** The feed of the sources that pull one product's events; a type that is missing pulls any feed. */
export const feedOfSourceType: Readonly<Partial<Record<string, string>>> = {
  druva: inSync.name,
  apptrana: appTrana.name,
} satisfies Partial<Record<keyof typeof sourceTypes, string>>;

/** What each type of sink is configured with, beside what every sink has. */
export const sinkTypes = {
  elasticsearch: tagged('elasticsearch', elasticsearchSinkOptions),
  file: tagged('file', fileSinkOptions),
  http: tagged('http', httpSinkOptions),
  kafka: tagged('kafka', kafkaSinkOptions),
  otlp: tagged('otlp', otlpSinkOptions),
  'splunk-hec': tagged('splunk-hec', splunkHecSinkOptions),
  stdout: tagged('stdout', stdoutSinkOptions),
  syslog: tagged('syslog', syslogSinkOptions),
} as const;

export type SinkType = keyof typeof sinkTypes;

export type SourceOptions = z.output<(typeof sourceTypes)[keyof typeof sourceTypes]>;
/** What each type of sink is configured with, checked. */
export type SinkOptionsByType = {
  readonly [T in SinkType]: {
    readonly type: T;
    readonly options: z.output<(typeof sinkTypes)[T]>['options'];
  };
};
export type SinkOptions = SinkOptionsByType[SinkType];

/** Sets an adapter's own options apart, so that they reach the adapter and nothing else does. */
function tagged<T extends string, S extends z.ZodType>(type: T, schema: S) {
  return schema.transform((options) => ({ type, options }));
}
