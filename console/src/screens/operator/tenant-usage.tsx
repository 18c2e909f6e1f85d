import { SimpleGrid } from '@mantine/core';
import type { TenantView } from '../../../../src/http/console-api/api-types.ts';
import { Bytes } from '../../components/bytes.tsx';
import { Count } from '../../components/count.tsx';
import { Time } from '../../components/time.tsx';
import { Figure } from './figure.tsx';

export function TenantUsage({ tenant }: { readonly tenant: TenantView }) {
  const { events, storedBytes, newestEventMs, lastPullMs } = tenant;
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
      <Figure title="Events kept">
        <Count value={events} />
      </Figure>
      <Figure title="Stored">
        <Bytes value={storedBytes} />
      </Figure>
      <Figure title="Newest event">
        <Time ms={newestEventMs} relative never="None yet" />
      </Figure>
      <Figure title="Last pull">
        <Time ms={lastPullMs} relative never="Never" />
      </Figure>
    </SimpleGrid>
  );
}
