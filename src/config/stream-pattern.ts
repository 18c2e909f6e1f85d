import type { StreamName } from '../core/stream.ts';

/** True when one of the patterns (`acme/insync`, `acme/*`, `*` for any letters) fits the stream. */
export function matchesStream(patterns: readonly string[], stream: StreamName): boolean {
  return patterns.some((pattern) => expressionOf(pattern).test(stream));
}

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('*', '[a-z0-9-]*')}$`);
}
