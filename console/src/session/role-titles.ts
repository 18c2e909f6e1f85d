import type { ConsoleRole } from '../../../src/http/console-api/api-types.ts';

export const roleTitles = {
  viewer: 'Viewer',
  administrator: 'Administrator',
  operator: 'Operator',
} as const satisfies Record<ConsoleRole, string>;
