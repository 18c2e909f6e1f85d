import { AppError, errorCode } from '../../core/errors.ts';
import type { Position } from '../../core/stream.ts';
import { assertCursorAlive, decodeCursor, encodeCursor, invalidCursor } from '../cursor.ts';
import type { CursorDialect, CursorScope } from '../cursor.ts';
import { incarnationOf, type Pull } from '../pull.ts';
import type { Service } from '../service.ts';

/** Cursors of one stream in one API: read from requests, given out with answers. */
export class Cursors {
  readonly #service: Service;
  readonly #scope: CursorScope;
  readonly #incarnation: string;

  private constructor(service: Service, scope: CursorScope, incarnation: string) {
    this.#service = service;
    this.#scope = scope;
    this.#incarnation = incarnation;
  }

  static async of(
    service: Service,
    { tenant, stream }: Pick<Pull, 'tenant' | 'stream'>,
    dialect: CursorDialect,
  ): Promise<Cursors> {
    const key = await service.directory.cursorKey(tenant.id);
    return new Cursors(service, { key, stream, dialect }, incarnationOf(tenant));
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
  async write(position: Position): Promise<string> {
    const { clock, marks } = this.#service;
    const mark = await marks.of(this.#scope.stream, this.#incarnation, position);
    const cursor = { position, issuedAtMs: clock.nowMs(), ...(mark !== undefined && { mark }) };
    return encodeCursor(cursor, this.#scope);
  }

  async #readValid(text: string, ignoresExpiry: boolean): Promise<Position> {
    const { clock, options, store, marks, log } = this.#service;
    const { stream } = this.#scope;
    const cursor = decodeCursor(text, this.#scope);
    if (!ignoresExpiry) assertCursorAlive(cursor, options.eventsApi.cursorLife, clock.nowMs());
    const { position, mark } = cursor;
    const head = (await store.streamInfo(stream))?.headPosition ?? 0;
    if (position > head) {
      // Rightly signed all the same: the store has lost commits, or was restored from an older copy.
      log.warn({ stream, position, head }, 'a cursor lies beyond the head');
      throw invalidCursor();
    }
    const present = await marks.of(stream, this.#incarnation, position);
    if (mark !== undefined && present !== undefined && mark !== present) {
      log.warn({ stream, position, head }, 'a cursor lies behind an event that is another one now');
      throw invalidCursor();
    }
    return position;
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
