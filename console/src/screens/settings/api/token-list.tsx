import type { TokenView } from '../../../../../src/http/console-api/api-types.ts';
import { useApiQuery } from '../../../api/use-api-query.ts';
import { EmptyState } from '../../../components/empty-state.tsx';
import { HostileText } from '../../../components/hostile-text.tsx';
import { QueryView } from '../../../components/query-view.tsx';
import { Records, type RecordColumn } from '../../../components/records.tsx';
import { Section } from '../../../components/section.tsx';
import { Time } from '../../../components/time.tsx';
import { useTenant } from '../../../session/session-context.ts';
import { TokenStateBadge } from './token-state-badge.tsx';

const columns: readonly RecordColumn<TokenView>[] = [
  { title: 'Administrator', cell: ({ email }) => <HostileText>{email}</HostileText> },
  { title: 'State', cell: (token) => <TokenStateBadge token={token} /> },
  { title: 'Expires', cell: ({ expiresAtMs }) => <Time ms={expiresAtMs} /> },
  {
    title: 'Last used',
    cell: ({ lastUsedAtMs }) => <Time ms={lastUsedAtMs} relative never="not yet" />,
  },
];

/** Everybody's in the organization, without values. */
export function TokenList() {
  const tenant = useTenant();
  const query = useApiQuery('GET /tenants/:tenant/tokens', { path: { tenant } });
  return (
    <Section
      title="All access tokens"
      description="One per administrator. A token ends when its administrator is removed."
    >
      <QueryView query={query}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <EmptyState title="Nobody has a token yet" />
          ) : (
            <Records
              label="Access tokens"
              rows={tokens}
              rowKey={({ email, createdAtMs }) => `${email} ${createdAtMs}`}
              columns={columns}
            />
          )
        }
      </QueryView>
    </Section>
  );
}
