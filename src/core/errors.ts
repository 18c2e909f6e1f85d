/**
 * Everything that can go wrong, by a stable code. `retryable`: the same request may succeed later
 * without anyone changing anything. `hint`: what the person who reads the message can do.
 */
export const errorCodes = {
  config_invalid: {
    retryable: false,
    summary: 'The configuration does not match its schema.',
    hint: 'Correct the named lines; `tailrace check --config FILE` shows all problems at once.',
  },
  config_unreadable: {
    retryable: false,
    summary: 'The configuration file cannot be read.',
    hint: 'Check the path and its permissions.',
  },
  secret_unavailable: {
    retryable: false,
    summary: 'A referenced secret is not there.',
    hint: 'Set the environment variable, or create the file and let this user read it.',
  },
  name_invalid: {
    retryable: false,
    summary: 'A tenant, feed or stream name has characters that are not allowed.',
    hint: 'Use lower-case letters, digits and inner hyphens, at most 63.',
  },
  argument_invalid: {
    retryable: false,
    summary: 'A command-line argument is not acceptable.',
    hint: 'Run the command with --help for what it takes.',
  },
  input_invalid: {
    retryable: false,
    summary: 'A request or a file holds something that is not acceptable.',
    hint: 'Correct the named line or parameter and send it again; nothing was stored.',
  },
  line_invalid: {
    retryable: false,
    summary: 'A line is not valid CEF or syslog.',
    hint: 'The message names the position and the reason.',
  },
  not_found: {
    retryable: false,
    summary: 'What was named does not exist.',
    hint: 'The matching `list` command shows what does.',
  },
  already_exists: {
    retryable: false,
    summary: 'Something with this name exists already.',
    hint: 'Choose another name, or use the one that exists.',
  },
  unauthorized: {
    retryable: false,
    summary: 'The credential is missing, wrong, expired or revoked.',
    hint: 'Check user name and token; an expired token must be created anew.',
  },
  forbidden: {
    retryable: false,
    summary: 'The credential is good but does not allow this.',
    hint: 'Check the edition, the export settings and the role.',
  },
  rate_limited: {
    retryable: true,
    summary: 'Too many requests in a given time.',
    hint: 'Wait as long as Retry-After says.',
  },
  overloaded: {
    retryable: true,
    summary: 'A queue is full; nothing was taken.',
    hint: 'Send it again after Retry-After.',
  },
  too_large: {
    retryable: false,
    summary: 'A body, a header, an event or a page is larger than its limit.',
    hint: 'Send smaller batches; `docs/reference/limits.md` names the limits.',
  },
  cursor_expired: {
    retryable: false,
    summary: 'The cursor is older than its life.',
    hint: 'Ask again without a cursor; events that you hold already come again.',
  },
  cursor_invalid: {
    retryable: false,
    summary: 'The cursor was not issued for this tenant, stream and API, or was altered.',
    hint: 'Send the value exactly as it was received, or ask again without it.',
  },
  store_corrupt: {
    retryable: false,
    summary: 'The event store holds bytes that fail their checksum; they are not served.',
    hint: 'Restore the named file from a backup, or move it away to start empty.',
  },
  store_newer: {
    retryable: false,
    summary: 'The data was written by a newer version of Tailrace.',
    hint: 'Start the newer version, or restore a backup made by this one.',
  },
  store_locked: {
    retryable: false,
    summary: 'Another process uses this data directory.',
    hint: 'Stop the other process, or choose another dataDirectory.',
  },
  store_unavailable: {
    retryable: true,
    summary: 'The event store cannot write or read at the moment.',
    hint: 'Check free disk space and permissions of the data directory.',
  },
  lease_lost: {
    retryable: true,
    summary: 'Another node has taken over this source or sink.',
    hint: 'Nothing to do: the other node goes on from the last commit.',
  },
  disk_full: {
    retryable: true,
    summary: 'There is no space left on the device.',
    hint: 'Free space; nothing was lost and work goes on by itself.',
  },
  directory_unwritable: {
    retryable: false,
    summary: 'A directory does not exist or must not be written to.',
    hint: 'Create it and give this user write permission.',
  },
  directory_locked: {
    retryable: true,
    summary: 'Another process publishes into this directory under the same sink name.',
    hint: 'Stop one of the two, or give its sink another name; this one goes on when it is alone.',
  },
  key_unavailable: {
    retryable: false,
    summary: 'The master key is missing, unreadable or does not fit the data.',
    hint: 'Restore the key file; without it sealed credentials cannot be read.',
  },
  address_in_use: {
    retryable: false,
    summary: 'Another program listens on this address already.',
    hint: 'Stop the other program, or choose another address with --listen.',
  },
  source_unavailable: {
    retryable: true,
    summary: 'The source did not answer, or answered 5xx.',
    hint: 'Nothing to do if it passes; otherwise check the address and the network.',
  },
  source_refused: {
    retryable: true,
    summary: 'The source refused the credentials or the request.',
    hint: 'Check the credentials and the rights behind them.',
  },
  source_misbehaved: {
    retryable: true,
    summary: 'The source answered something that its protocol does not allow.',
    hint: 'Check that the address is the right API; the message says what came.',
  },
  sink_unavailable: {
    retryable: true,
    summary: 'The sink cannot take events at the moment.',
    hint: 'Nothing is lost; delivery goes on by itself when the receiver is back.',
  },
  sink_refused: {
    retryable: false,
    summary: 'The receiver refuses to take events: credentials, certificate, index or rights.',
    hint: 'Correct what the message names; nothing is lost, and delivery goes on once it is right.',
  },
  quarantine_full: {
    retryable: false,
    summary: "The quarantine of a sink holds no more events, so the sink's delivery has stopped.",
    hint: 'Look with `tailrace quarantine list`; `retry` or `drop` makes room. Nothing is lost.',
  },
  verification_failed: {
    retryable: false,
    summary: 'Published files are missing, altered, doubled, reordered or truncated.',
    hint: 'The message names the file and line; the store can publish the range again.',
  },
  internal: {
    retryable: false,
    summary: 'A defect in Tailrace.',
    hint: 'Please report it with the log lines around it.',
  },
} as const satisfies Record<string, { retryable: boolean; summary: string; hint: string }>;

export type ErrorCode = keyof typeof errorCodes;

export interface AppErrorOptions extends ErrorOptions {
  /** How long the other side asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What can be done, where that is not what the code's own hint says. */
  readonly hint?: string | undefined;
}

/** The one error this program throws on purpose. The message says what, which, and got what. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly #hint: string | undefined;

  constructor(code: ErrorCode, message: string, options?: AppErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
    this.#hint = options?.hint;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  get hint(): string {
    return this.#hint ?? errorCodes[this.code].hint;
  }
}

/** The code of `error`; `internal` for everything that is not an `AppError`. */
export function errorCode(error: unknown): ErrorCode {
  return error instanceof AppError ? error.code : 'internal';
}

/** The message of whatever was thrown, on one line. */
export function errorMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, ' ').trim();
}
