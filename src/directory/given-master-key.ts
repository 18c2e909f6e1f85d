import { AppError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { keyUnavailable, parseMasterKey } from './master-key.ts';
import type { MasterKey, MasterKeyStore } from './master-key.ts';

const origin = 'the configured master key';

/**
 * A master key that somebody else keeps: the environment, a secret manager. It is changed there;
 * data that is still under `previous` is wrapped anew when the directory is opened.
 */
export class GivenMasterKey implements MasterKeyStore {
  readonly name = origin;
  readonly preferredKeyId: string;
  readonly #present: MasterKey;
  readonly #previous: MasterKey | undefined;

  /** Throws `key_unavailable` when one is not a key. */
  constructor(present: Secret, previous: Secret | undefined) {
    this.#present = parseMasterKey(present.reveal(), origin);
    this.#previous =
      previous && parseMasterKey(previous.reveal(), 'the configured previous master key');
    this.preferredKeyId = this.#present.id;
  }

  async first(): Promise<MasterKey> {
    return this.#present;
  }

  async find(keyId: string): Promise<MasterKey> {
    const found = [this.#present, this.#previous].find((key) => key?.id === keyId);
    if (found !== undefined) return found;
    throw keyUnavailable(`${origin} is ${this.#present.id}, but the data needs ${keyId}`);
  }

  async stage(): Promise<never> {
    throw new AppError(
      'input_invalid',
      'the master key is configured, so it is changed there: configure the new one, give the old one as the previous one, and restart; several nodes must all have both before one prefers the new one',
    );
  }

  async isUnsettled(): Promise<boolean> {
    return false;
  }

  async settle(): Promise<void> {}
}
