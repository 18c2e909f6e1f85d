/** The contract of `Directory`: what every implementation does, whatever it keeps its rows in. */
import { describe, it } from 'node:test';
import { administratorContract } from './directory/administrators.ts';
import { apiClientContract } from './directory/api-clients.ts';
import { auditPageContract } from './directory/audit-page.ts';
import { auditContract } from './directory/audit-trail.ts';
import { connectorCredentialContract } from './directory/connector-credentials.ts';
import { connectorContract } from './directory/connectors.ts';
import { credentialUseContract } from './directory/credential-uses.ts';
import { exportSettingsContract } from './directory/export-settings.ts';
import { ingestKeyContract } from './directory/ingest-keys.ts';
import { keyContract } from './directory/keys.ts';
import { peopleContract } from './directory/people.ts';
import { secondFactorContract } from './directory/second-factor.ts';
import { sessionContract } from './directory/sessions.ts';
import { sharingContract } from './directory/sharing.ts';
import { tenantContract } from './directory/tenants.ts';
import { tokenContract } from './directory/tokens.ts';
import type { DirectoryContract, DirectoryImplementation } from './directory/ground.ts';

const parts: Readonly<Record<string, DirectoryContract>> = {
  tenants: tenantContract,
  administrators: administratorContract,
  people: peopleContract,
  sessions: sessionContract,
  'second factors': secondFactorContract,
  tokens: tokenContract,
  'API clients': apiClientContract,
  'ingest keys': ingestKeyContract,
  connectors: connectorContract,
  'credentials of connectors': connectorCredentialContract,
  'export settings': exportSettingsContract,
  keys: keyContract,
  'audit trail': auditContract,
  'pages of the audit trail': auditPageContract,
  'uses of credentials': credentialUseContract,
  'several at once': sharingContract,
};

export function directoryContract(implementation: DirectoryImplementation): void {
  for (const [part, tests] of Object.entries(parts)) {
    describe(`${implementation.name}: ${part}`, () => {
      for (const [title, run] of Object.entries(tests)) it(title, () => run(implementation));
    });
  }
}
