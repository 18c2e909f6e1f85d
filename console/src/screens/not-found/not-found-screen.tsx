import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link } from 'react-router';
import { EmptyState } from '../../components/empty-state.tsx';
import { PageHeader } from '../../components/page-header.tsx';

export function NotFoundScreen() {
  return (
    <>
      <PageHeader title="Not found" />
      <EmptyState
        icon={<IconMapQuestion size={26} />}
        title="There is no screen at this address"
        action={
          <Button component={Link} to="/" variant="default" mt="sm">
            To the start
          </Button>
        }
      >
        The address may have been typed wrong, or the screen has moved.
      </EmptyState>
    </>
  );
}
