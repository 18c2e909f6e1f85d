/** The contract of `Directory`: what every implementation does, whatever it keeps its rows in. */
import { describe } from 'node:test';
import { administratorContract } from './directory/administrators.ts';
import { apiClientContract } from './directory/api-clients.ts';
import { auditContract } from './directory/audit-trail.ts';
import { exportSettingsContract } from './directory/export-settings.ts';
import { ingestKeyContract } from './directory/ingest-keys.ts';
import { keyContract } from './directory/keys.ts';
import { sharingContract } from './directory/sharing.ts';
import { tenantContract } from './directory/tenants.ts';
import { tokenContract } from './directory/tokens.ts';
import type { DirectoryImplementation } from './directory/ground.ts';

export function directoryContract(implementation: DirectoryImplementation): void {
  describe(`${implementation.name}: tenants`, () => tenantContract(implementation));
  describe(`${implementation.name}: administrators`, () => administratorContract(implementation));
  describe(`${implementation.name}: tokens`, () => tokenContract(implementation));
  describe(`${implementation.name}: API clients`, () => apiClientContract(implementation));
  describe(`${implementation.name}: ingest keys`, () => ingestKeyContract(implementation));
  describe(`${implementation.name}: export settings`, () => exportSettingsContract(implementation));
  describe(`${implementation.name}: keys`, () => keyContract(implementation));
  describe(`${implementation.name}: audit trail`, () => auditContract(implementation));
  describe(`${implementation.name}: several at once`, () => sharingContract(implementation));
}
