import type { HourlyCounts } from '../../../../src/http/console-api/api-types.ts';

/** While events come in the last few are always about to be counted, which is not worth a word. */
const countedShareMin = 0.95;

export function isStillCounting({ countedShare }: HourlyCounts): boolean {
  return countedShare < countedShareMin;
}
