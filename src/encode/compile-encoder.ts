import { AppError } from '../core/errors.ts';
import type { Feed } from '../feeds/feed.ts';
import { compileVendorCef } from './cef/encode-cef.ts';
import { compileStrictCef } from './cef/encode-strict-cef.ts';
import { compileEcs } from './ecs/encode-ecs.ts';
import type { Encoder, EncoderOptions, Format, Profile } from './encoder.ts';
import { compileJson } from './json/encode-json.ts';
import { compileOcsf } from './ocsf/encode-ocsf.ts';
import { compileStrictSyslog } from './syslog/encode-strict-syslog.ts';
import { compileVendorSyslog } from './syslog/encode-syslog.ts';
import { withKeptLines } from './kept-line.ts';
import { profileFor } from './profile-for.ts';

const compilers = {
  cef: { vendor: compileVendorCef, strict: compileStrictCef },
  syslog: { vendor: compileVendorSyslog, strict: compileStrictSyslog },
  json: { vendor: compileJson, strict: compileJson },
  ecs: { vendor: compileEcs, strict: compileEcs },
  ocsf: { vendor: compileOcsf, strict: compileOcsf },
} as const satisfies Record<
  Format,
  Record<Profile, (feed: Feed, options: EncoderOptions) => Encoder>
>;

/**
 * The encoder for a feed's events, compiled once from its table. Throws `input_invalid` for a facility
 * or an enterprise number out of range.
 */
export function compileEncoder(feed: Feed, options: EncoderOptions): Encoder {
  const { facility, enterpriseNumber = 1 } = options;
  assertInteger('facility', facility, 1, 23);
  assertInteger('enterpriseNumber', enterpriseNumber, 1, 4_294_967_295);
  const encode = compilers[options.format][profileFor(feed, options)](feed, options);
  return withKeptLines(encode, feed, options);
}

function assertInteger(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new AppError('input_invalid', `${what} must be ${min} to ${max}, got ${value}`);
}
