import type { Secret } from '../core/secret.ts';
import { addAdministrator, administratorByEmail, administrators } from './administrators.ts';
import { apiClients, createApiClient, issueAccessToken, revokeApiClient } from './api-clients.ts';
import { newestAuditEntry, readAuditBehind } from './audit-behind.ts';
import { readAuditPage } from './audit-page.ts';
import { readAuditTrail, trimAuditTrail } from './audit-trail.ts';
import * as authentication from './authentication.ts';
import type { DirectoryParts } from './change.ts';
import * as connectorAuthentication from './connector-authentication.ts';
import { rotateConnectorKey } from './connector-keys.ts';
import * as connectorTokens from './connector-tokens.ts';
import type * as connector from './connector.ts';
import * as connectors from './connectors.ts';
import { dropOldUses, lastUses } from './credential-uses.ts';
import type * as directory from './directory.ts';
import { findTenant, requireTenant } from './find-tenant.ts';
import { changeExportSettings, exportSettings } from './export-settings.ts';
import { createIngestKey, ingestKeys, revokeIngestKey } from './ingest-keys.ts';
import { accept, auditLimit, timeMs } from './input.ts';
import { rotateMasterKey } from './key-rotation.ts';
import * as persons from './persons.ts';
import type { PullRecorder } from './pull-recorder.ts';
import * as sessions from './sessions.ts';
import { recordReading } from './record-reading.ts';
import { SqlPeople } from './sql-people.ts';
import * as tenants from './tenants.ts';
import { createToken, dropDeadTokens, revokeToken, token } from './tokens.ts';

type Actor = directory.Actor;

/** The directory over any database that kysely speaks to; what each method does stands in its file. */
export class SqlDirectory extends SqlPeople implements directory.Directory {
  readonly #parts: DirectoryParts;
  readonly #pulls: PullRecorder;

  constructor(parts: DirectoryParts, pulls: PullRecorder) {
    super(parts, pulls);
    this.#parts = parts;
    this.#pulls = pulls;
  }

  createTenant(tenant: directory.NewTenant, actor: Actor): Promise<directory.Tenant> {
    return tenants.createTenant(this.#parts, tenant, actor);
  }

  tenants(): Promise<readonly directory.Tenant[]> {
    return tenants.tenants(this.#parts);
  }

  async tenantSummaries(): Promise<readonly directory.TenantSummary[]> {
    await this.#pulls.flush();
    return tenants.tenantSummaries(this.#parts);
  }

  tenant(id: string): Promise<directory.Tenant> {
    return tenants.tenant(this.#parts, id);
  }

  setTenantEnabled(id: string, enabled: boolean, actor: Actor): Promise<directory.Tenant> {
    return tenants.setTenantEnabled(this.#parts, id, enabled, actor);
  }

  changeTenant(
    id: string,
    change: Partial<Pick<directory.NewTenant, 'title' | 'edition'>>,
    actor: Actor,
  ): Promise<directory.Tenant> {
    return tenants.changeTenant(this.#parts, id, change, actor);
  }

  async deleteTenant(id: string, actor: Actor): Promise<void> {
    await this.#pulls.flush(); // so that none of them turns up in a later tenant of this name
    await tenants.deleteTenant(this.#parts, id, actor);
  }

  addAdministrator(
    administrator: directory.NewAdministrator,
    actor: Actor,
  ): Promise<directory.Administrator> {
    return addAdministrator(this.#parts, administrator, actor);
  }

  administrators(tenant: string): Promise<readonly directory.Administrator[]> {
    return administrators(this.#parts, tenant);
  }

  administratorByEmail(email: string): Promise<directory.Administrator | undefined> {
    return administratorByEmail(this.#parts, email);
  }

  removeAdministrator(tenant: string, email: string, actor: Actor): Promise<void> {
    return persons.removePerson(this.#parts, tenant, email, actor);
  }

  createToken(
    tenant: string,
    email: string,
    days: number | undefined,
    actor: Actor,
  ): Promise<directory.Token> {
    return createToken(this.#parts, tenant, email, days, actor);
  }

  token(tenant: string, email: string): Promise<directory.Token | undefined> {
    return token(this.#parts, tenant, email);
  }

  revokeToken(tenant: string, email: string, actor: Actor): Promise<void> {
    return revokeToken(this.#parts, tenant, email, actor);
  }

  createApiClient(tenant: string, name: string, actor: Actor): Promise<directory.NewApiClient> {
    return createApiClient(this.#parts, tenant, name, actor);
  }

  apiClients(tenant: string): Promise<readonly directory.ApiClient[]> {
    return apiClients(this.#parts, tenant);
  }

  revokeApiClient(tenant: string, clientId: string, actor: Actor): Promise<void> {
    return revokeApiClient(this.#parts, tenant, clientId, actor);
  }

  exportSettings(tenant: string): Promise<directory.ExportSettings> {
    return exportSettings(this.#parts, tenant);
  }

  changeExportSettings(
    tenant: string,
    change: Partial<directory.ExportSettings>,
    actor: Actor,
  ): Promise<directory.ExportSettings> {
    return changeExportSettings(this.#parts, tenant, change, actor);
  }

  createIngestKey(tenant: string, name: string, actor: Actor): Promise<directory.NewIngestKey> {
    return createIngestKey(this.#parts, tenant, name, actor);
  }

  ingestKeys(tenant: string): Promise<readonly directory.IngestKey[]> {
    return ingestKeys(this.#parts, tenant);
  }

  revokeIngestKey(tenant: string, keyId: string, actor: Actor): Promise<void> {
    return revokeIngestKey(this.#parts, tenant, keyId, actor);
  }

  authenticateToken(email: string, value: string): Promise<directory.Principal | undefined> {
    return authentication.authenticateToken(this.#parts, email, value);
  }

  authenticateApiClient(
    clientId: string,
    secret: string,
  ): Promise<directory.Principal | undefined> {
    return authentication.authenticateApiClient(this.#parts, clientId, secret);
  }

  authenticateIngestKey(key: string): Promise<directory.Principal | undefined> {
    return authentication.authenticateIngestKey(this.#parts, key);
  }

  issueAccessToken(principal: directory.Principal, lifeMs: number): Promise<Secret> {
    return issueAccessToken(this.#parts, principal, lifeMs);
  }

  authenticateAccessToken(accessToken: string): Promise<directory.Principal | undefined> {
    return authentication.authenticateAccessToken(this.#parts, accessToken);
  }

  requestConnector(
    tenant: string,
    wanted: connector.NewConnector,
    actor: Actor,
  ): Promise<connector.Connector> {
    return connectors.requestConnector(this.#parts, tenant, wanted, actor);
  }

  approveConnector(
    tenant: string,
    name: string,
    approval: { readonly siemEnabledAtMs?: number | undefined },
    actor: Actor,
  ): Promise<connector.ConnectorWithKeys> {
    return connectors.approveConnector(this.#parts, tenant, name, approval, actor);
  }

  connectors(tenant: string): Promise<readonly connector.Connector[]> {
    return connectors.connectors(this.#parts, tenant);
  }

  connector(tenant: string, name: string): Promise<connector.ConnectorWithKeys> {
    return connectors.connector(this.#parts, tenant, name);
  }

  changeConnector(
    tenant: string,
    name: string,
    change: Partial<Omit<connector.NewConnector, 'name'>>,
    actor: Actor,
  ): Promise<connector.Connector> {
    return connectors.changeConnector(this.#parts, tenant, name, change, actor);
  }

  rotateConnectorKey(
    tenant: string,
    name: string,
    overlapMs: number,
    actor: Actor,
  ): Promise<connector.ConnectorWithKeys> {
    return rotateConnectorKey(this.#parts, tenant, name, overlapMs, actor);
  }

  setConnectorEnabled(
    tenant: string,
    name: string,
    enabled: boolean,
    actor: Actor,
  ): Promise<connector.Connector> {
    return connectors.setConnectorEnabled(this.#parts, tenant, name, enabled, actor);
  }

  deleteConnector(tenant: string, name: string, actor: Actor): Promise<void> {
    return connectors.deleteConnector(this.#parts, tenant, name, actor);
  }

  enabledConnector(apiId: string): Promise<connector.EnabledConnector | undefined> {
    return connectorAuthentication.enabledConnector(this.#parts, apiId);
  }

  authorizationCode(enabled: connector.EnabledConnector): Promise<Secret> {
    return connectorTokens.authorizationCode(this.#parts, enabled);
  }

  authenticateConnector(
    apiId: string,
    key: string,
  ): Promise<connector.ConnectorPrincipal | undefined> {
    return connectorAuthentication.authenticateConnector(this.#parts, apiId, key);
  }

  issueConnectorToken(
    principal: connector.ConnectorPrincipal,
    lifeMs: number,
  ): Promise<connector.ConnectorToken> {
    return connectorTokens.issueConnectorToken(this.#parts, principal, lifeMs);
  }

  redeemAuthorizationCode(
    principal: connector.ConnectorPrincipal,
    code: string,
    life: { readonly codeLifeMs: number; readonly lifeMs: number },
  ): Promise<connector.ConnectorToken> {
    return connectorTokens.redeemAuthorizationCode(this.#parts, principal, code, life);
  }

  authenticateConnectorToken(
    accessToken: string,
  ): Promise<connector.ConnectorPrincipal | undefined> {
    return connectorAuthentication.authenticateConnectorToken(this.#parts, accessToken);
  }

  async cursorKey(tenant: string): Promise<Buffer> {
    const { caches, keyring, database } = this.#parts;
    const load = () => keyring.tenantKeys(tenant, database.reader);
    return requireTenant(tenant, await caches.tenantKeys.read(tenant, load)).cursor.export();
  }

  recordReading(
    tenant: string,
    reading: { readonly action: string; readonly detail: string },
    actor: Actor,
  ): Promise<void> {
    return recordReading(this.#parts, tenant, reading, actor);
  }

  recordPull(pull: directory.Pull): void {
    this.#pulls.record(pull);
  }

  recordUse(use: directory.CredentialUse): void {
    this.#pulls.recordUse(use);
  }

  async credentialUses(tenant: string): Promise<readonly directory.LastUse[]> {
    await this.#pulls.flush();
    const { database, clock } = this.#parts;
    requireTenant(tenant, await findTenant(database.reader, tenant));
    return lastUses(database.reader, tenant, clock.nowMs());
  }

  async auditPage(query: directory.AuditQuery): Promise<directory.AuditPage> {
    await this.#pulls.flush();
    const { reader } = this.#parts.database;
    if (query.tenant !== undefined)
      requireTenant(query.tenant, await findTenant(reader, query.tenant));
    return readAuditPage(reader, query);
  }

  auditBehind(entry: number, limit: number): Promise<readonly directory.NumberedAuditEntry[]> {
    return readAuditBehind(this.#parts.database.reader, entry, limit);
  }

  newestAuditEntry(): Promise<number> {
    return newestAuditEntry(this.#parts.database.reader);
  }

  async auditTrail(
    tenant: string | undefined,
    limit: number,
  ): Promise<readonly directory.AuditEntry[]> {
    accept('limit', auditLimit, limit);
    await this.#pulls.flush();
    const { reader } = this.#parts.database;
    if (tenant !== undefined) {
      requireTenant(tenant, await findTenant(reader, tenant));
    }
    return readAuditTrail(reader, tenant, limit);
  }

  async trimAudit(beforeMs: number): Promise<void> {
    accept('beforeMs', timeMs, beforeMs);
    await dropDeadTokens(this.#parts, beforeMs);
    await connectorTokens.dropDeadConnectorCredentials(this.#parts, beforeMs);
    await sessions.dropDeadSessions(this.#parts);
    const { database, clock } = this.#parts;
    await database.writer
      .transaction()
      .execute((transaction) => dropOldUses(transaction, clock.nowMs(), beforeMs));
    await trimAuditTrail(database, beforeMs);
  }

  rotateMasterKey(actor: Actor): Promise<void> {
    return rotateMasterKey(this.#parts, actor);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pulls[Symbol.asyncDispose]();
    await this.#parts.database[Symbol.asyncDispose]();
  }
}
