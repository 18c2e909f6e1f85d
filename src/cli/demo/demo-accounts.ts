import type { Directory } from '../../directory/directory.ts';
import type { PersonRole } from '../../directory/people.ts';

/** No secret: the demo listens on this machine only, and its sign-in page shows it. */
const password = 'tailrace-demo';

export interface DemoAccount {
  readonly email: string;
  readonly role: PersonRole;
  readonly password: string;
}

/** One of each role. The administrator is also who the demo's token belongs to. */
export const demoAccounts: readonly DemoAccount[] = [
  { email: 'viewer@example.com', role: 'viewer', password },
  { email: 'demo@example.com', role: 'administrator', password },
  { email: 'operator@example.com', role: 'operator', password },
];

const actor = { name: 'system' };

/** Lets everybody sign in with the password that is shown, whatever an earlier run has changed. */
export async function ensureDemoAccounts(directory: Directory, tenant: string): Promise<void> {
  await Promise.all(
    demoAccounts.map(async ({ email, role }) => {
      if ((await directory.person(email)) === undefined) {
        const owner = role === 'operator' ? undefined : tenant;
        await directory.addPerson({ tenant: owner, email, role }, actor);
      }
      const isRight = (await directory.checkPassword(email, password)) !== undefined;
      if (!isRight) await directory.setPassword(email, password, undefined, actor);
    }),
  );
}
