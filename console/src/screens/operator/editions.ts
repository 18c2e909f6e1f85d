import type { TenantView } from '../../../../src/http/console-api/api-types.ts';

export type Edition = TenantView['edition'];

/** What each edition means for export. */
export const editions = {
  Business: 'No Events API',
  Enterprise: 'No Events API',
  Elite: 'With the Events API',
  'Elite Plus': 'With the Events API',
} as const satisfies Record<Edition, string>;

export function isEdition(name: string): name is Edition {
  return Object.hasOwn(editions, name);
}

export const editionChoices = Object.entries(editions).map(([value, says]) => ({
  value,
  label: `${value} – ${says}`,
}));
