import { Badge } from '@mantine/core';
import type { TokenView } from '../../../../../src/http/console-api/api-types.ts';
import { formatDuration } from '../../../components/format.ts';
import { useNow } from '../../../session/server-clock.ts';

const soonMs = 7 * 86_400_000;

/** Valid, about to expire, or over. */
export function TokenStateBadge({ token }: { readonly token: TokenView }) {
  const leftMs = token.expiresAtMs - useNow();
  if (token.state === 'revoked')
    return (
      <Badge color="gray" variant="light">
        Revoked
      </Badge>
    );
  if (token.state === 'expired')
    return (
      <Badge color="red" variant="light">
        Expired
      </Badge>
    );
  return leftMs > soonMs ? (
    <Badge color="teal" variant="light">
      Valid
    </Badge>
  ) : (
    <Badge color="yellow" variant="light">
      Valid for {formatDuration(leftMs)} more
    </Badge>
  );
}
