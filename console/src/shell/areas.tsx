import { Outlet } from 'react-router';
import { EmptyState } from '../components/empty-state.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { useSession } from '../session/session-context.ts';

/** Screens about one organization; an operator sees no organization's events or settings. */
export function TenantArea() {
  return useSession().tenant === null ? (
    <NotYours>
      This screen belongs to an organization&rsquo;s own people. An operator runs the service and
      sees no organization&rsquo;s events, settings or secrets.
    </NotYours>
  ) : (
    <Outlet />
  );
}

export function OperatorArea() {
  return useSession().role === 'operator' ? (
    <Outlet />
  ) : (
    <NotYours>
      This screen is for the operator, who runs the service for all organizations.
    </NotYours>
  );
}

function NotYours({ children }: { readonly children: string | readonly string[] }) {
  return (
    <>
      <PageHeader title="Not for your role" />
      <EmptyState title="You may not see this screen">{children}</EmptyState>
    </>
  );
}
