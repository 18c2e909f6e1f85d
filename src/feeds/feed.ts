import type { TailraceEvent, Severity } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';

/** What one product's events are: a table, from which readers and encoders are compiled. */
export interface Feed {
  /** As in stream names and URLs: `insync`. */
  readonly name: string;
  /** As people write it: `inSync`. */
  readonly title: string;
  /** CEF header and syslog APP-NAME parts. */
  readonly vendor: string;
  readonly product: string;
  readonly version: string;
  readonly fields: readonly FeedField[];
  readonly categories: readonly Category[];
  /** The raw scale: raw number → normalised severity. Index is the vendor's number. */
  readonly severities: readonly Severity[];
  /** The attributes that say which rule or check spoke. Undefined: the type says all there is to say. */
  readonly signature?: Signature;
  /** The attribute that tells people in words what happened; it takes any text. */
  readonly details?: string;
  /** What of an event is worth showing in a table. Undefined: its type and its details. */
  readonly glance?: Glance;
  /** Written into strict CEF lines behind the fields, and passed over when a line is read. */
  readonly cefExcerpts?: readonly CefExcerpt[];
  /** What events are in the words of common schemas: the first that names the type counts. */
  readonly meanings: readonly EventMeaning[];
  /** What the states of events mean, and the attribute that holds them. */
  readonly states?: StateMeanings;
  /** What kind of device watches, in ECS: `waf`. */
  readonly observer?: string;
  /** Set when the vendor documents no CEF and Syslog lines: the vendor profile then is the strict one. */
  readonly vendorLines?: 'undocumented';
  /**
   * Reads one event as the vendor writes it (one JSON object). Throws `input_invalid` naming the
   * attribute, what was expected and what came.
   */
  readEvent(attributes: JsonObject): ReadEvent;
  /** Reads from bytes what `readEvent` would find canonical, much faster. */
  readonly scanEvent?: EventScanner;
  /** The event that says in the stream that events are missing. Its id depends only on `gap`. */
  gapEvent(gap: Gap, noticedAtMs: number): TailraceEvent;
}

/** Names of attributes: CEF's class id and name, of which the name is the message of Syslog lines too. */
export interface Signature {
  readonly id: string;
  readonly name: string;
}

/** A part of an event said once more, under a CEF key that receivers know. */
export interface CefExcerpt {
  readonly key: string;
  readonly ecs?: readonly SchemaPlace[];
  readonly ocsf?: readonly SchemaPlace[];
  /** Undefined or empty: not written. */
  readonly valueOf: (event: TailraceEvent) => string | number | undefined;
}

/** What events of some types are in common schemas. */
export interface EventMeaning {
  /** Left out: all that no other meaning names. */
  readonly types?: readonly string[];
  readonly ecs: {
    readonly kind: 'event' | 'alert' | 'pipeline_error';
    readonly category?: readonly string[];
    readonly type?: readonly string[];
  };
  readonly ocsf: { readonly classUid: number; readonly activityId: number };
}

export interface StateMeanings {
  readonly field: string;
  readonly meanings: Readonly<Record<string, StateMeaning>>;
}

/** What a state says: how it ended, or what a security control did about it. */
export interface StateMeaning {
  readonly outcome?: 'success' | 'failure';
  readonly action?: 'denied' | 'observed';
}

/** Where a value stands in a common schema; it is left out there when it does not fit the type. */
export interface SchemaPlace {
  /** Dotted: `source.ip`. */
  readonly path: string;
  /** The part of the value that stands there, undefined for nothing. Left out: the value itself. */
  readonly part?: (value: JsonValue) => JsonValue | undefined;
  /** Only if nothing else stands there. */
  readonly otherwise?: true;
}

/** An event in one row of a table, by names of attributes. */
export interface Glance {
  /** How it ended or what was done about it: one of the catalogue's states. */
  readonly state?: string;
  /** Who, or from where. */
  readonly columns: readonly { readonly field: string; readonly title: string }[];
  /** What says in words what happened; the first one that holds something is shown. */
  readonly summary: readonly string[];
}

export interface ReadEvent {
  readonly event: TailraceEvent;
  /** A name from `categories`, or what the vendor sent when it is not in the catalogue. */
  readonly category: string;
  /**
   * True when every attribute stood there under its canonical name and in its canonical type, so
   * that the text which was parsed can be stored as it is.
   */
  readonly canonical: boolean;
}

/**
 * Reads the event whose JSON stands in `bytes`, which are UTF-8, from `start` to before `end`, to the
 * same result as `readEvent`. Undefined when that is to be asked: the event is not canonical, not
 * acceptable, not JSON, or rare.
 */
export type EventScanner = (bytes: Buffer, start: number, end: number) => ScannedEvent | undefined;

/** A canonical event whose fields are the text it was read from. */
export interface ScannedEvent extends Omit<TailraceEvent, 'fields' | 'original'> {
  readonly category: string;
}

export interface FeedField {
  /** Canonical name, also the JSON name in Events API v2. */
  readonly name: string;
  /** JSON name in Events API v1, and the Syslog attribute name unless `syslogName` differs. */
  readonly v1Name: string;
  /** Other spellings accepted when reading. */
  readonly aliases?: readonly string[];
  readonly type: 'string' | 'integer' | 'address' | 'time';
  readonly description: string;
  /** Blanks around the value mean nothing and are dropped when reading. */
  readonly trimmed?: boolean;
  /** Of a time: whole seconds are written with `.000` too, as the vendor's programs expect. */
  readonly precision?: 'millisecond';
  /** What CEF and Syslog lines show of a text; JSON shows it whole. */
  readonly inLines?: (text: string) => string;
  /** What of the event this field is; encoders write it from the event, readers put it there. */
  readonly role?: FieldRole;
  /** In CEF's vendor profile: the key, with its label if it is a custom slot. Undefined: not written. */
  readonly cef?: CefPlace;
  /** In CEF's strict profile, where that differs from the vendor's. */
  readonly strictCef?: CefPlace;
  /** In Syslog lines. Undefined: not written. */
  readonly syslogName?: string;
  /** In ECS. A value without a place stands under the names of vendor and product. */
  readonly ecs?: readonly SchemaPlace[];
  /** In OCSF; those count that the event's class has. A value without a place is in `unmapped`. */
  readonly ocsf?: readonly SchemaPlace[];
}

/**
 * `facility` is the tenant's setting, whatever the event says. A feed without a `category` has the
 * type for one; it may have no `facility`, and has all the others.
 */
export type FieldRole = 'id' | 'time' | 'type' | 'severity' | 'category' | 'facility';

export interface CefPlace {
  readonly key: string;
  readonly label?: string;
  /** Strict profile: where a value goes that this key's type refuses. Undefined: it is left out. */
  readonly otherwise?: CefPlace;
}

export interface Category {
  readonly name: string;
  readonly eventTypes: readonly EventType[];
}

export interface EventType {
  readonly name: string;
  readonly states: readonly string[];
}
