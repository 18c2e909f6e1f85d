import { AppError, errorCode } from '../../core/errors.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import { assertCursorAlive, decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts';
import type { CursorDialect, CursorScope } from '../cursor.ts';
import type { Service } from '../service.ts';

/** Cursors of one stream in one API: read from requests, given out with answers. */
export class Cursors {
  readonly #service: Service;
  readonly #scope: CursorScope;

  private constructor(service: Service, scope: CursorScope) {
    this.#service = service;
    this.#scope = scope;
  }

  static async of(
    service: Service,
    tenant: string,
    stream: StreamName,
    dialect: CursorDialect,
  ): Promise<Cursors> {
    const key = await service.directory.cursorKey(tenant);
    return new Cursors(service, { key, stream, dialect });
  }

  /**
   * The position a request continues behind; undefined when it came without a cursor, or with an
   * empty one, which is what a script has before its first answer. Throws `cursor_expired` and
   * `cursor_invalid`.
   */
  async read(
    text: string | undefined,
    options: { readonly ignoreExpiry?: boolean } = {},
  ): Promise<Position | undefined> {
    if (text === undefined || text === '') {
      this.#count('none');
      return undefined;
    }
    try {
      const position = await this.#readValid(text, options.ignoreExpiry ?? false);
      this.#count('valid');
      return position;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'cursor_expired') this.#count('expired');
      if (code === 'cursor_invalid') this.#count('invalid');
      throw error;
    }
  }

  /** The cursor that continues behind `position`, issued now. */
  write(position: Position): string {
    return encodeCursor({ position, issuedAtMs: this.#service.clock.nowMs() }, this.#scope);
  }

  async #readValid(text: string, ignoresExpiry: boolean): Promise<Position> {
    const { clock, options, store, log } = this.#service;
    const cursor = decodeCursor(text, this.#scope);
    if (!ignoresExpiry) assertCursorAlive(cursor, options.eventsApi.cursorLife, clock.nowMs());
    const head = (await store.streamInfo(this.#scope.stream))?.headPosition ?? 0;
    if (cursor.position <= head) return cursor.position;
    // Rightly signed and still beyond the head: the store was restored from an older copy.
    const { stream } = this.#scope;
    log.warn({ stream, position: cursor.position, head }, 'a cursor lies beyond the head');
    throw invalidCursor();
  }

  #count(outcome: 'none' | 'valid' | 'expired' | 'invalid'): void {
    this.#service.metrics.cursors.inc({ api: this.#scope.dialect, outcome });
  }
}

/** The same refusals in the words of Events API v2, which its clients look for. */
export async function inTrackerWords<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'cursor_expired') throw new AppError(code, 'Tracker expired', { cause: error });
    if (code === 'cursor_invalid') throw new AppError(code, 'Invalid tracker', { cause: error });
    throw error;
  }
}
