import type { SinkOptionsByType, SinkType } from '../../config/adapters.ts';
import type { SinkEntry } from '../../config/config-schema.ts';
import type { SinkConfig, SourceConfig } from '../../config/entries.ts';
import type { Format } from '../../encode/encoder.ts';
import { appTranaFeed } from '../../feeds/apptrana.ts';
import { batchSliceLimits } from '../../sinks/batch-options.ts';
import { createElasticsearchSink } from '../../sinks/elasticsearch/sink.ts';
import { fileSliceLimits } from '../../sinks/file/options.ts';
import { newExtra } from '../../sinks/file/extra.ts';
import { createExtraFileSink, createFileSink } from '../../sinks/file/sink.ts';
import type { Sink, SinkContext, SliceLimits } from '../../sinks/sink.ts';
import { createHttpSink } from '../../sinks/http/sink.ts';
import { createKafkaSink } from '../../sinks/kafka/sink.ts';
import { createOtlpSink } from '../../sinks/otlp/sink.ts';
import { createSplunkHecSink } from '../../sinks/splunk-hec/sink.ts';
import { createStdoutSink } from '../../sinks/stdout/sink.ts';
import { createSyslogSink } from '../../sinks/syslog/sink.ts';
import { createApptranaSource } from '../../sources/apptrana/source.ts';
import { createDruvaSource } from '../../sources/druva/source.ts';
import type { Source, SourceContext } from '../../sources/source.ts';
import { createTailraceSource } from '../../sources/tailrace/source.ts';

/** The source that an entry of the configuration describes; connects to nothing yet. */
export function createSource(config: SourceConfig, context: SourceContext): Source {
  const { name, stream } = config;
  if (config.type === 'druva') return createDruvaSource(name, stream, config.options, context);
  if (config.type === 'tailrace') {
    return createTailraceSource(name, stream, config.options, context);
  }
  const feed = appTranaFeed(config.options);
  return createApptranaSource(name, stream, config.options, context, feed);
}

const fileExtensions = {
  cef: 'cef',
  syslog: 'log',
  json: 'json',
  ecs: 'json',
  ocsf: 'json',
} as const satisfies Record<Format, string>;

type SinkConfigOf<T extends SinkType> = SinkEntry & SinkOptionsByType[T];

/** How each type of sink is made and how slices are cut for it. */
const sinkAdapters: {
  readonly [T in SinkType]: {
    readonly create: (config: SinkConfigOf<T>, context: SinkContext) => Sink;
    readonly limits: (options: SinkOptionsByType[T]['options']) => SliceLimits;
  };
} = {
  elasticsearch: {
    create: ({ name, options, format }, context) =>
      createElasticsearchSink(name, options, format, context),
    limits: batchSliceLimits,
  },
  file: {
    create: ({ name, options, format }, context) =>
      createFileSink(name, options, fileExtensions[format], context),
    limits: fileSliceLimits,
  },
  http: {
    create: ({ name, options, format }, context) => createHttpSink(name, options, format, context),
    limits: batchSliceLimits,
  },
  kafka: {
    create: ({ name, options, format }, context) => createKafkaSink(name, options, format, context),
    limits: batchSliceLimits,
  },
  otlp: {
    create: ({ name, options }, context) => createOtlpSink(name, options, context),
    limits: batchSliceLimits,
  },
  'splunk-hec': {
    create: ({ name, options, ...lines }, context) =>
      createSplunkHecSink(name, options, lines, context),
    limits: batchSliceLimits,
  },
  stdout: {
    create: ({ name }) => createStdoutSink(name, process.stdout),
    limits: batchSliceLimits,
  },
  syslog: {
    create: ({ name, options, ...lines }, context) =>
      createSyslogSink(name, options, lines, context),
    limits: batchSliceLimits,
  },
};

/** The sink that an entry of the configuration describes; touches nothing yet. */
export function createSink<T extends SinkType>(
  config: SinkConfigOf<T>,
  context: SinkContext,
): Sink {
  return sinkAdapters[config.type].create(config, context);
}

/**
 * As `createSink`, for events that are sent once more beside the delivery, maybe while another process
 * delivers.
 */
export function createReplaySink(config: SinkConfig, context: SinkContext): Sink {
  if (config.type !== 'file') return createSink(config, context);
  const { name, options, format } = config;
  return createExtraFileSink(name, options, fileExtensions[format], context, newExtra('replay'));
}

/** How slices are cut for it. */
export function sliceLimitsOf<T extends SinkType>(config: SinkConfigOf<T>): SliceLimits {
  return sinkAdapters[config.type].limits(config.options);
}
