import type { Secret } from '../core/secret.ts';
import type { Actor, Principal } from './directory.ts';

/**
 * AppTrana's SIEM service: connectors, the codes and access tokens they get. A connector is named by
 * its tenant and its name, which is compared without case.
 *
 * | state     | means                                    | becomes                                  |
 * | --------- | ---------------------------------------- | ---------------------------------------- |
 * | requested | the customer asked for it; nothing more  | enabled by approval                      |
 * | enabled   | its keys, codes and access tokens let in | disabled; its keys are rotated           |
 * | disabled  | lets nobody in; its access tokens ended  | enabled, with the same API ID and keys   |
 *
 * From each of them it can be deleted, which ends everything it had.
 */
export interface ConnectorDirectory {
  requestConnector(tenant: string, connector: NewConnector, actor: Actor): Promise<Connector>;
  /**
   * The operator's consent: the connector gets its API ID and key. Attacks from before
   * `siemEnabledAtMs` are not served; unless it is given, it is that of the tenant's other approved
   * connectors, or now when there are none.
   */
  approveConnector(
    tenant: string,
    name: string,
    approval: { readonly siemEnabledAtMs?: number | undefined },
    actor: Actor,
  ): Promise<ConnectorWithKeys>;
  /** By name. */
  connectors(tenant: string): Promise<readonly Connector[]>;
  connector(tenant: string, name: string): Promise<ConnectorWithKeys>;
  changeConnector(
    tenant: string,
    name: string,
    change: Partial<Omit<NewConnector, 'name'>>,
    actor: Actor,
  ): Promise<Connector>;
  /**
   * A new key. The one before it, with the access tokens issued for it, ends after `overlapMs`
   * (0 to 30 days); one that is older still ends at once.
   */
  rotateConnectorKey(
    tenant: string,
    name: string,
    overlapMs: number,
    actor: Actor,
  ): Promise<ConnectorWithKeys>;
  setConnectorEnabled(
    tenant: string,
    name: string,
    enabled: boolean,
    actor: Actor,
  ): Promise<Connector>;
  deleteConnector(tenant: string, name: string, actor: Actor): Promise<void>;

  /** Undefined when there is none with this API ID that is enabled, and its tenant too. */
  enabledConnector(apiId: string): Promise<EnabledConnector | undefined>;
  /** A code for `redeemAuthorizationCode`. Nothing is written. */
  authorizationCode(connector: EnabledConnector): Promise<Secret>;
  /** Undefined when the key is wrong or has ended, or the connector is not enabled. */
  authenticateConnector(apiId: string, key: string): Promise<ConnectorPrincipal | undefined>;
  /**
   * An access token of at most `lifeMs` (up to 24 h), and of no longer life than the key it is for.
   * The same one as before while that has a twenty-fourth of its life left. Throws `unauthorized`
   * when the key has ended since.
   */
  issueConnectorToken(principal: ConnectorPrincipal, lifeMs: number): Promise<ConnectorToken>;
  /**
   * As `issueConnectorToken`, for a code of this connector that is less than `codeLifeMs` old (up to
   * 10 min). A code is good once: the second time the token that was issued for it ends. Throws
   * `unauthorized` for a code that is not good, `rate_limited` beyond 1,000 codes within their life.
   */
  redeemAuthorizationCode(
    principal: ConnectorPrincipal,
    code: string,
    life: { readonly codeLifeMs: number; readonly lifeMs: number },
  ): Promise<ConnectorToken>;
  authenticateConnectorToken(accessToken: string): Promise<ConnectorPrincipal | undefined>;
}

/** What a customer asks for. */
export interface NewConnector {
  readonly name: string;
  /**
   * Where codes are sent: https, or http on the loopback; no user name, no fragment, no `code` of
   * its own; at most 2,000 characters.
   */
  readonly redirectUrl: string;
  /** Addresses and networks, at most 100. None: requests may come from anywhere. */
  readonly allowedNetworks?: readonly string[];
}

export const connectorStates = ['requested', 'enabled', 'disabled'] as const;
export type ConnectorState = (typeof connectorStates)[number];

export interface Connector extends Required<NewConnector> {
  readonly tenant: string;
  readonly state: ConnectorState;
  readonly requestedAtMs: number;
  /** Undefined until it is approved. */
  readonly approval: ConnectorApproval | undefined;
}

export interface ConnectorApproval {
  readonly apiId: string;
  readonly approvedAtMs: number;
  /** Attacks from before are not served. */
  readonly siemEnabledAtMs: number;
}

export interface ConnectorWithKeys extends Connector {
  /** Newest first; those that have ended are left out. */
  readonly keys: readonly ConnectorKey[];
}

export interface ConnectorKey {
  readonly createdAtMs: number;
  /** Undefined for the newest key, which does not end by itself. */
  readonly endsAtMs: number | undefined;
  readonly value: Secret;
}

/** A connector that lets in. */
export interface EnabledConnector {
  readonly tenant: string;
  readonly apiId: string;
  readonly redirectUrl: string;
  readonly allowedNetworks: readonly string[];
  readonly siemEnabledAtMs: number;
  /** When it was approved, or enabled again: codes from before are not good any more. */
  readonly enabledAtMs: number;
}

/** A connector whose key or access token was accepted; `name` and `credentialId` are its API ID. */
export interface ConnectorPrincipal extends Principal {
  readonly kind: 'connector';
  readonly connector: EnabledConnector;
  /** Which of its keys; not secret. */
  readonly keyId: string;
}

export interface ConnectorToken {
  readonly value: Secret;
  readonly expiresAtMs: number;
}
