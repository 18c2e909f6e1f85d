import type { Secret } from '../core/secret.ts';
import type { NewPerson } from '../directory/people.ts';
import type { Answer, Operation } from './operate.ts';
import { printTime } from './print.ts';
import { readStatus } from './service/status-file.ts';

/** What the service listens on unless it is configured. */
const usualUrl = 'http://127.0.0.1:8480';

/** The code stands in the fragment, which no server and no proxy gets to see. */
export function invitationLink(baseUrl: string, code: Secret): string {
  return `${baseUrl}/setup#${code.reveal()}`;
}

/** Whoever is there already stays what he is. */
export async function addUnlessThere(
  { directory, actor }: Operation,
  person: NewPerson,
): Promise<void> {
  const known = await directory.person(person.email);
  if (known?.tenant === person.tenant && known !== undefined) return;
  await directory.addPerson(person, actor);
}

/** A new invitation, as a link to the service that uses this data. */
export async function invitationAnswer(
  { directory, actor, location }: Operation,
  tenant: string | undefined,
  email: string,
): Promise<Answer> {
  const { code, expiresAtMs } = await directory.invite(tenant, email, actor);
  const status = await readStatus(location.directory).catch(() => undefined);
  const { publicUrl, listenUrl } = location;
  const url = invitationLink(publicUrl ?? status?.listen ?? listenUrl ?? usualUrl, code);
  return {
    json: { email, url, expiresAtMs },
    text: (screen) =>
      screen.write(
        `Hand this link to ${email}. It is good once, until ${printTime(expiresAtMs)}:\n\n  ${url}\n`,
      ),
  };
}
