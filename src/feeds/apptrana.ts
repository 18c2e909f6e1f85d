import type { Severity, TailraceEvent } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import {
  appTranaCategories,
  appTranaMeanings,
  appTranaSeverities,
  appTranaStates,
  assertSeverities,
  defaultAppTranaSeverity,
} from './apptrana-catalogue.ts';
import { appTranaExcerpts } from './apptrana-headers.ts';
import { appTranaFields } from './apptrana-fields.ts';
import { compileAttributeReader, type AttributeTable } from './attribute-reader.ts';
import { compileEventScanner } from './event-scanner.ts';
import { uncategorized } from './category-of-event.ts';
import type { Feed } from './feed.ts';
import { gapBound, gapEventType, gapIdentity, gapSentence } from './gap-record.ts';
import { formatIsoTime } from './iso-time.ts';

/** What an operator may set. */
export interface AppTranaFeedOptions {
  /** The vendor's severities 0 to 7 on the normalised scale, 0–10, 10 worst. */
  readonly severities?: readonly Severity[];
}

/**
 * Attacks that Indusface AppTrana logged or blocked, as getAttackInfo of "SIEM Integration through
 * API" has them, with the website each is listed under. A repeated attack is known by request, rule
 * and time, and by what the rule found where: one rule may find fault with several parts of a request.
 * Throws `config_invalid` for severities that are none.
 */
export function appTranaFeed({ severities = appTranaSeverities }: AppTranaFeedOptions = {}): Feed {
  assertSeverities(severities);
  const table: AttributeTable = {
    fields: appTranaFields,
    categories: appTranaCategories,
    severities,
    defaultSeverity: defaultAppTranaSeverity,
    defaultType: uncategorized,
    relation: 'requestId',
    identity: ['ruleId', 'target', 'attackData'],
    inOrder: true,
  };
  return {
    name: 'apptrana',
    title: 'AppTrana',
    vendor: 'Indusface',
    product: 'AppTrana',
    version: '1',
    fields: appTranaFields,
    categories: appTranaCategories,
    severities,
    glance: {
      state: 'eventType',
      columns: [
        { field: 'attackerIP', title: 'Attacker' },
        { field: 'attackerGeo', title: 'Country' },
        { field: 'websiteName', title: 'Website' },
        { field: 'attackUri', title: 'URI' },
      ],
      summary: ['ruleName', 'attackData'],
    },
    meanings: appTranaMeanings,
    states: appTranaStates,
    observer: 'waf',
    signature: { id: 'ruleId', name: 'ruleName' },
    cefExcerpts: appTranaExcerpts,
    vendorLines: 'undocumented',
    readEvent: compileAttributeReader(table),
    scanEvent: compileEventScanner(table),
    gapEvent: (gap, noticedAtMs) => gapEvent(gap, noticedAtMs, severities),
  };
}

/** With the severities that nobody has changed. */
export const appTrana: Feed = appTranaFeed();

/** Error: the operator is to look at it. */
const gapRawSeverity = 3;

function gapEvent(gap: Gap, noticedAtMs: number, severities: readonly Severity[]): TailraceEvent {
  const id = gapIdentity(gap);
  return {
    id,
    occurredAtMs: noticedAtMs,
    type: gapEventType,
    severity: severities[gapRawSeverity] ?? 7,
    fields: {
      severity: gapRawSeverity,
      eventType: 'Log',
      attackTime: formatIsoTime(noticedAtMs, 'millisecond'),
      attackData: gapSentence(gap),
      category: gapEventType,
      id,
      gapFrom: gapBound(gap.fromMs),
      gapUntil: gapBound(gap.untilMs),
      gapCount: gap.count ?? null,
    },
  };
}
