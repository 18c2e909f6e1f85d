import { formatCount } from './format.ts';

/** A whole number with the reader's separators, in figures of one width. */
export function Count({ value }: { readonly value: number | null }) {
  return (
    <span style={{ fontVariantNumeric: 'tabular-nums' }}>
      {value === null ? '–' : formatCount(value)}
    </span>
  );
}
