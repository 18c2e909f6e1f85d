import type { Feed } from '../feeds/feed.ts';
import type { EncoderOptions, Profile } from './encoder.ts';

/** Where the vendor documents no lines there are no bytes to reproduce, and the standard's are right. */
export function profileFor(feed: Feed, { format, profile }: EncoderOptions): Profile {
  return format !== 'json' && feed.vendorLines === 'undocumented' ? 'strict' : profile;
}
