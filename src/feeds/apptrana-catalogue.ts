import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { Severity } from '../core/event.ts';
import type { Category, EventMeaning, StateMeanings } from './feed.ts';

/** What was done about an attack: `eventType` in the document's attack. */
export const attackEventTypes = ['Log', 'Block'] as const;

/** The categories of attacks that the vendor's portal and its sample name. A category is a type. */
export const appTranaCategories: readonly Category[] = [
  'Bot Attacks',
  'Command Injection',
  'Cross-Site Scripting',
  'Custom Rule',
  'Data Leakage',
  'DDOS',
  'File Inclusion',
  'Geo and IP',
  'Known Vulnerabilities',
  'Protocol Violation',
  'SQL Injection',
  'Other',
].map((name) => ({ name, eventTypes: [{ name, states: attackEventTypes }] }));

/**
 * An attack is an activity that a control in its way saw (OCSF, "Modeling alerts"): HTTP Activity, of
 * an unknown kind as the attack does not tell the request's method.
 */
export const appTranaMeanings: readonly EventMeaning[] = [
  {
    ecs: { kind: 'alert', category: ['intrusion_detection'] },
    ocsf: { classUid: 4002, activityId: 0 },
  },
];

export const appTranaStates: StateMeanings = {
  field: 'eventType',
  meanings: { Block: { action: 'denied' }, Log: { action: 'observed' } },
};

/**
 * ModSecurity's scale, which the sample's rule follows, on the normalised one: 0 Emergency and 1
 * Alert → 10, 2 Critical → 9, 3 Error → 7, 4 Warning → 5, 5 Notice → 3, 6 Informational → 2,
 * 7 Debug → 1. CEF has it the other way up: a critical attack copied as it is would read "Low".
 */
export const appTranaSeverities: readonly Severity[] = [10, 10, 9, 7, 5, 3, 2, 1];

/** A scale of one's own in place of `appTranaSeverities`, in a configuration file. */
export const appTranaSeveritiesSchema = z
  .array(z.literal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
  .length(appTranaSeverities.length)
  .default([...appTranaSeverities])
  .describe(
    "The service's severities 0 to 7 on the scale of 0 to 10, 10 worst; theirs is not documented, " +
      "and is taken for ModSecurity's, 0 worst.",
  );

/** Warning: what an attack is that does not say. */
export const defaultAppTranaSeverity = 4;

/** Throws `config_invalid` unless there is a whole number from 0 to 10 for each number of the vendor's. */
export function assertSeverities(severities: readonly number[]): void {
  const { length } = appTranaSeverities;
  if (severities.length !== length) {
    throw new AppError(
      'config_invalid',
      `severities must be ${length} numbers, got ${severities.length}`,
    );
  }
  for (const [raw, severity] of severities.entries()) {
    if (Number.isInteger(severity) && severity >= 0 && severity <= 10) continue;
    throw new AppError(
      'config_invalid',
      `the severity for the vendor's ${raw} must be 0 to 10, got ${severity}`,
    );
  }
}
