import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBuilding, IconPlus } from '@tabler/icons-react';
import { useApiQuery } from '../../api/use-api-query.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { NewTenantDialog } from './new-tenant-dialog.tsx';
import { TenantList } from './tenant-list.tsx';

const refetchIntervalMs = 15_000;

/** The customer organizations of this service. */
export function TenantsScreen() {
  const query = useApiQuery('GET /operator/tenants', {}, { refetchIntervalMs });
  const [isCreating, { open, close }] = useDisclosure(false);
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      Create organization
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Organizations"
        description="Each customer's events, people and credentials are kept apart from all others'."
        actions={create}
      />
      <QueryView query={query}>
        {({ tenants }) =>
          tenants.length === 0 ? (
            <EmptyState icon={<IconBuilding aria-hidden />} title="No organization yet">
              Create the first one, then give the product an ingest key for it.
            </EmptyState>
          ) : (
            <TenantList tenants={tenants} />
          )
        }
      </QueryView>
      <NewTenantDialog opened={isCreating} onClose={close} />
    </>
  );
}
