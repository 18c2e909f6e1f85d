import { AppError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';

/** The address as it may be shown: without user, password and parameters. Throws `config_invalid`. */
export function publicAddress(url: Secret): string {
  const parsed = URL.parse(url.reveal());
  if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new AppError(
      'config_invalid',
      "the store's address must be a URL such as postgres://user:password@host/database",
    );
  }
  const host = parsed.host || decodeURIComponent(parsed.searchParams.get('host') ?? 'localhost');
  return `postgres://${host}${parsed.pathname}`;
}
