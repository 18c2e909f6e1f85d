import { Stack } from '@mantine/core';
import { Facts } from '../../components/facts.tsx';
import { HostileText } from '../../components/hostile-text.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Section } from '../../components/section.tsx';
import { useSession } from '../../session/session-context.ts';
import { roleTitles } from '../../session/role-titles.ts';
import { ChangePassword } from './change-password.tsx';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';

export function ProfileScreen() {
  const { email, role, tenant, hasPassword } = useSession();
  return (
    <>
      <PageHeader title="Profile and security" description="How you sign in, and where you are." />
      <Stack gap="lg">
        <Section title="Account">
          <Facts
            facts={[
              { name: 'E-mail address', value: <HostileText>{email}</HostileText> },
              { name: 'Role', value: roleTitles[role] },
              {
                name: 'Organization',
                value:
                  tenant === null ? (
                    'None: you run the service'
                  ) : (
                    <HostileText>{tenant.title}</HostileText>
                  ),
              },
              ...(tenant === null ? [] : [{ name: 'Edition', value: tenant.edition }]),
            ]}
          />
        </Section>
        {hasPassword && <ChangePassword />}
        <SecondFactor />
        <Sessions />
      </Stack>
    </>
  );
}
