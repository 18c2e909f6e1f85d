import { Button } from '@mantine/core';
import { endpointUrl } from '../../api/endpoint.ts';

interface ProviderButtonProps {
  /** The provider's name. */
  readonly title: string;
  /** A path of this console. */
  readonly returnTo: string;
  readonly isOnlyWay?: boolean;
}

/** To the OpenID provider and back to `returnTo`. */
export function ProviderButton({ title, returnTo, isOnlyWay = false }: ProviderButtonProps) {
  return (
    <Button
      component="a"
      variant={isOnlyWay ? 'filled' : 'default'}
      href={endpointUrl('GET /oidc/start', { query: { returnTo } })}
    >
      Sign in with {title}
    </Button>
  );
}
