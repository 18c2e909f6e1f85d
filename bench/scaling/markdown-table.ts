export function markdownTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [line(headings), `|${headings.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
