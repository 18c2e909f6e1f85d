import type { SinkConfig, SourceConfig } from '../../config/entries.ts';
import type { Format } from '../../encode/encoder.ts';
import { appTranaFeed } from '../../feeds/apptrana.ts';
import { fileSliceLimits } from '../../sinks/file/options.ts';
import { createFileSink } from '../../sinks/file/sink.ts';
import type { Sink, SinkContext, SliceLimits } from '../../sinks/sink.ts';
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

const fileExtensions = { cef: 'cef', syslog: 'log', json: 'json' } as const satisfies Record<
  Format,
  string
>;

/** The sink that an entry of the configuration describes; touches nothing yet. */
export function createSink(config: SinkConfig, context: SinkContext): Sink {
  return createFileSink(config.name, config.options, fileExtensions[config.format], context);
}

/** How slices are cut for it. */
export function sliceLimitsOf(config: SinkConfig): SliceLimits {
  return fileSliceLimits(config.options);
}
