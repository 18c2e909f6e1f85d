import { compileVendorCefWriter } from '../encode/cef/write-vendor-cef.ts';
import type { LineWriter } from '../encode/cef/write-vendor-cef.ts';
import type { Encoder, EncoderOptions } from '../encode/encoder.ts';
import type { Feed } from '../feeds/feed.ts';
import type { Writing } from './encoded-page.ts';

const writingsMax = 1000;

/** How pages are written, compiled once for each feed, layout and settings. */
export class PageWritings {
  readonly #compileEncoder: (feed: Feed, options: EncoderOptions) => Encoder;
  readonly #writings = new Map<string, Writing>();

  constructor(compileEncoder: (feed: Feed, options: EncoderOptions) => Encoder) {
    this.#compileEncoder = compileEncoder;
  }

  of(feed: Feed, encoding: EncoderOptions, layout: 'envelope' | 'lines'): Writing {
    const key = `${layout} ${encodingKey(feed, encoding)}`;
    const known = this.#writings.get(key);
    if (known !== undefined) return known;
    if (this.#writings.size >= writingsMax) this.#writings.clear();
    const writing = {
      layout,
      format: encoding.format,
      encode: this.#compileEncoder(feed, encoding),
      lineWriter: compileLineWriter(feed, encoding, layout),
    };
    this.#writings.set(key, writing);
    return writing;
  }
}

/** The same for settings that make the same lines. */
export function encodingKey(feed: Feed, options: EncoderOptions): string {
  const { format, profile, hostname, facility, hardened, jsonNames } = options;
  return JSON.stringify([feed.name, format, profile, hostname, facility, hardened, jsonNames]);
}

/** For the lines that are asked for most. */
function compileLineWriter(
  feed: Feed,
  encoding: EncoderOptions,
  layout: 'envelope' | 'lines',
): LineWriter | undefined {
  const isVendorCef = encoding.format === 'cef' && encoding.profile === 'vendor';
  if (!isVendorCef || feed.vendorLines === 'undocumented') return undefined;
  return compileVendorCefWriter(feed, encoding, layout === 'envelope');
}
