/** Told apart in both colour schemes and by most eyes; the table says the same in words. */
const colors = [
  'tide.6',
  'orange.5',
  'grape.5',
  'teal.5',
  'red.5',
  'yellow.5',
  'indigo.4',
  'gray.5',
] as const;

export function seriesColor(index: number): (typeof colors)[number] {
  return colors[index % colors.length] ?? colors[0];
}
