import type { ExportSettingsChange } from '../../../../../src/http/console-api/api-types.ts';
import { facilityTitle } from './syslog-facilities.ts';

/** What saving would change, and from when: one sentence for each effect. */
export function describeChange(
  saved: ExportSettingsChange,
  wanted: ExportSettingsChange,
  all: readonly string[],
): readonly string[] {
  return [
    ...describeSwitch(saved.enabled, wanted.enabled),
    ...describeCategories(exported(saved, all), exported(wanted, all), wanted.categories === 'all'),
    ...describeFacility(saved.facility, wanted.facility),
  ];
}

function describeSwitch(was: boolean, will: boolean): readonly string[] {
  if (was === will) return [];
  return will
    ? [
        'Your SIEM can pull events from the moment you save. Events recorded while the export was off are among them.',
      ]
    : [
        'Every pull of the Events API gets no events from the moment you save. Events go on being recorded: switched on again, your SIEM continues where it was, as far as they are still kept.',
      ];
}

function describeCategories(
  was: readonly string[],
  will: readonly string[],
  takesNew: boolean,
): readonly string[] {
  const [removed, added] = [without(was, will), without(will, was)];
  return [
    ...(removed.length === 0
      ? []
      : [
          `Events of ${list(removed)} that come in after you save are not recorded, and cannot be had later. Those recorded before can still be pulled.`,
        ]),
    ...(added.length === 0
      ? []
      : [
          `Events of ${list(added)} are recorded from the moment you save. Those that came in before were not recorded, and do not appear.`,
        ]),
    ...(removed.length + added.length > 0 && takesNew
      ? ['Categories that are added to the product later are exported too.']
      : []),
  ];
}

function describeFacility(was: number, will: number): readonly string[] {
  if (was === will) return [];
  return [
    `From the next pull on, lines carry facility ${facilityTitle(will)} instead of ${facilityTitle(was)}: Syslog in its priority, CEF in deviceFacility. Rules in your SIEM that look at the facility must follow.`,
  ];
}

function exported({ categories }: ExportSettingsChange, all: readonly string[]): readonly string[] {
  return categories === 'all' ? all : categories;
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}

const sentenceList = new Intl.ListFormat('en', { type: 'conjunction' });

function list(names: readonly string[]): string {
  return sentenceList.format(names.map((name) => `“${name}”`));
}
