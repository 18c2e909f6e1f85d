import { formatBytes, formatCount } from './format.ts';

/** A size in the largest unit that fits; the exact number in its title. */
export function Bytes({ value }: { readonly value: number | null }) {
  if (value === null) return <span>–</span>;
  return (
    <span title={`${formatCount(value)} bytes`} style={{ whiteSpace: 'nowrap' }}>
      {formatBytes(value)}
    </span>
  );
}
