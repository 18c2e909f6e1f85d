/** CEF's words for the normalised severities 0–10, worst first. */
export const severityBands = [
  { from: 9, title: 'Very high', color: 'red' },
  { from: 7, title: 'High', color: 'orange' },
  { from: 4, title: 'Medium', color: 'yellow' },
  { from: 0, title: 'Low', color: 'gray' },
] as const;
export type SeverityBand = (typeof severityBands)[number];

export function severityBand(severity: number): SeverityBand {
  return severityBands.find(({ from }) => severity >= from) ?? severityBands[3];
}
