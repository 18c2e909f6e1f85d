import type { TailraceEvent } from '../core/event.ts';

/** How vendors' APIs write events. */
export const vendorFormats = ['cef', 'syslog', 'json'] as const;
export type VendorFormat = (typeof vendorFormats)[number];

/** How an event is written: as vendors do, or as a common schema has it, one line of JSON each. */
export const formats = [...vendorFormats, 'ecs', 'ocsf'] as const;
export type Format = (typeof formats)[number];

/** `vendor`: the bytes of the vendor's documents. `strict`: the standard's rules, safe from injection. */
export const profiles = ['vendor', 'strict'] as const;
export type Profile = (typeof profiles)[number];

/** One event → one line without its newline. Never throws, whatever the event's fields hold. */
export type Encoder = (event: TailraceEvent) => string;

export interface EncoderOptions {
  readonly format: Format;
  readonly profile: Profile;
  /** The HOSTNAME in CEF's prefix and in syslog: `cloud.druva.com`. */
  readonly hostname: string;
  /** Syslog facility 1–23. */
  readonly facility: number;
  /** Writes `=` inside CEF values as `%3D`, for parsers that unescape before they split. */
  readonly hardened?: boolean;
  /** One space after the last header pipe, which Debian 12's liblognorm needs. */
  readonly extensionLeadingSpace?: boolean;
  /** IANA enterprise number of the strict profile's SD-ID; 32473 is the one for documentation. */
  readonly enterpriseNumber?: number;
  /** JSON only: PascalCase names of Events API v1, camelCase of v2, or the event as it is stored. */
  readonly jsonNames?: 'v1' | 'v2' | 'stored';
}
