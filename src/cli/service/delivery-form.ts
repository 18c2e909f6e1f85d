import type { SinkConfig } from '../../config/entries.ts';
import type { SecretReader } from '../../core/secret.ts';
import { parseStreamName, type StreamName } from '../../core/stream.ts';
import { compileEncoder } from '../../encode/compile-encoder.ts';
import { compileCefWriter } from '../../encode/cef/write-kept-cef.ts';
import type { LineWriter } from '../../encode/cef/write-vendor-cef.ts';
import type { Encoder } from '../../encode/encoder.ts';
import type { Feed } from '../../feeds/feed.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import { compileSelection, type Selection } from '../../pipeline/selection.ts';

/** What a sink's configuration makes of the events of one stream. */
export interface DeliveryForm {
  readonly feed: Feed;
  readonly select: Selection | undefined;
  readonly encode: Encoder;
  /** Writes what `encode` would, faster; undefined where nothing can. */
  readonly lineWriter: LineWriter | undefined;
}

/** Rejects with `not_found` for a feed that there is not, or `secret_unavailable`. */
export async function deliveryForm(
  config: SinkConfig,
  stream: StreamName,
  readSecret: SecretReader,
): Promise<DeliveryForm> {
  const feed = feedNamed(parseStreamName(stream).feed);
  const { redactionKey: reference } = config;
  const redactionKey = reference && (await readSecret(reference));
  const options = encoderOptions(config);
  return {
    feed,
    select: compileSelection(feed, { ...config, redactionKey }),
    encode: compileEncoder(feed, options),
    lineWriter: compileCefWriter(feed, options),
  };
}

function encoderOptions(config: SinkConfig) {
  const { format, profile, hostname, facility, hardened, extensionLeadingSpace } = config;
  const { enterpriseNumber, jsonNames } = config;
  return {
    format,
    profile,
    hostname,
    facility,
    hardened,
    extensionLeadingSpace,
    jsonNames,
    ...(enterpriseNumber !== undefined && { enterpriseNumber }),
  };
}
