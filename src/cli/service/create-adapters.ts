import type { SinkOptionsByType, SinkType } from '../../config/adapters.ts';
import type { SinkEntry } from '../../config/config-schema.ts';
import type { SinkConfig, SourceConfig } from '../../config/entries.ts';
import type { Config } from '../../config/read-config.ts';
import type { Format } from '../../encode/encoder.ts';
import { appTranaFeed } from '../../feeds/apptrana.ts';
import { batchSliceLimits } from '../../sinks/batch-options.ts';
import { limitDeliveries } from '../../sinks/deliveries-at-once.ts';
import { fileSliceLimits } from '../../sinks/file/options.ts';
import type { Sink, SinkContext, SliceLimits } from '../../sinks/sink.ts';
import type { Source, SourceContext } from '../../sources/source.ts';

/** What a configuration collects from and delivers to. */
export interface Adapters {
  readonly sources: readonly { readonly config: SourceConfig; readonly source: Source }[];
  readonly sinks: readonly { readonly config: SinkConfig; readonly sink: Sink }[];
}

/** Touches nothing yet. Throws `config_invalid` for what no schema can see. */
export async function createAdapters(
  { sources, sinks }: Pick<Config, 'sources' | 'sinks'>,
  context: SourceContext & SinkContext,
): Promise<Adapters> {
  const [madeSources, madeSinks] = await Promise.all([
    Promise.all(
      sources.map(async (config) => ({ config, source: await createSource(config, context) })),
    ),
    Promise.all(sinks.map(async (config) => ({ config, sink: await createSink(config, context) }))),
  ]);
  return { sources: madeSources, sinks: madeSinks };
}

/**
 * The source that an entry of the configuration describes; connects to nothing yet. What talks to a
 * product or a receiver is loaded for those that are configured.
 */
export async function createSource(config: SourceConfig, context: SourceContext): Promise<Source> {
  const { name, stream } = config;
  if (config.type === 'druva') {
    const { createDruvaSource } = await import('../../sources/druva/source.ts');
    return createDruvaSource(name, stream, config.options, context);
  }
  if (config.type === 'tailrace') {
    const { createTailraceSource } = await import('../../sources/tailrace/source.ts');
    return createTailraceSource(name, stream, config.options, context);
  }
  const { createApptranaSource } = await import('../../sources/apptrana/source.ts');
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
    readonly create: (config: SinkConfigOf<T>, context: SinkContext) => Promise<Sink>;
    readonly limits: (options: SinkOptionsByType[T]['options']) => SliceLimits;
  };
} = {
  elasticsearch: {
    create: async ({ name, options, format }, context) => {
      const { createElasticsearchSink } = await import('../../sinks/elasticsearch/sink.ts');
      return createElasticsearchSink(name, options, format, context);
    },
    limits: batchSliceLimits,
  },
  file: {
    create: async ({ name, options, format }, context) => {
      const { createFileSink } = await import('../../sinks/file/sink.ts');
      return createFileSink(name, options, fileExtensions[format], context);
    },
    limits: fileSliceLimits,
  },
  http: {
    create: async ({ name, options, format }, context) => {
      const { createHttpSink } = await import('../../sinks/http/sink.ts');
      return createHttpSink(name, options, format, context);
    },
    limits: batchSliceLimits,
  },
  kafka: {
    create: async ({ name, options, format }, context) => {
      const { createKafkaSink } = await import('../../sinks/kafka/sink.ts');
      return createKafkaSink(name, options, format, context);
    },
    limits: batchSliceLimits,
  },
  otlp: {
    create: async ({ name, options }, context) => {
      const { createOtlpSink } = await import('../../sinks/otlp/sink.ts');
      return createOtlpSink(name, options, context);
    },
    limits: batchSliceLimits,
  },
  'splunk-hec': {
    create: async ({ name, options, ...lines }, context) => {
      const { createSplunkHecSink } = await import('../../sinks/splunk-hec/sink.ts');
      return createSplunkHecSink(name, options, lines, context);
    },
    limits: batchSliceLimits,
  },
  stdout: {
    create: async ({ name }, { clock }) => {
      const { createStdoutSink } = await import('../../sinks/stdout/sink.ts');
      return createStdoutSink(name, process.stdout, clock);
    },
    limits: batchSliceLimits,
  },
  syslog: {
    create: async ({ name, options, ...lines }, context) => {
      const { createSyslogSink } = await import('../../sinks/syslog/sink.ts');
      return createSyslogSink(name, options, lines, context);
    },
    limits: batchSliceLimits,
  },
};

/** The sink that an entry of the configuration describes; touches nothing yet. */
export async function createSink<T extends SinkType>(
  config: SinkConfigOf<T>,
  context: SinkContext,
): Promise<Sink> {
  const sink = await sinkAdapters[config.type].create(config, context);
  return sink.kind === 'direct' ? limitDeliveries(sink) : sink;
}

/**
 * As `createSink`, for events that are sent once more beside the delivery, maybe while another process
 * delivers.
 */
export async function createReplaySink(config: SinkConfig, context: SinkContext): Promise<Sink> {
  if (config.type !== 'file') return createSink(config, context);
  const { createExtraFileSink } = await import('../../sinks/file/sink.ts');
  const { newExtra } = await import('../../sinks/file/extra.ts');
  const { name, options, format } = config;
  return createExtraFileSink(name, options, fileExtensions[format], context, newExtra('replay'));
}

/** How slices are cut for it. */
export function sliceLimitsOf<T extends SinkType>(config: SinkConfigOf<T>): SliceLimits {
  return sinkAdapters[config.type].limits(config.options);
}
