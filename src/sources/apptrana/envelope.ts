import { AppError } from '../../core/errors.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { HttpAnswer } from '../../lib/http-client.ts';
import { describeAnswer } from '../../wire/answers.ts';
import { isJsonObject, parseExactly } from '../exact-json.ts';

/** One element of `attacks`, and the website it came under. */
export interface FoundAttack {
  readonly websiteName: string | undefined;
  /** An object; whatever else stands there comes as it is. */
  readonly attack: JsonValue;
}

/**
 * The attacks of a 200 answer, in the service's order. A website without any comes with `attacks`
 * null or missing, and a window without any with `data` null, missing or empty. Throws
 * `source_misbehaved` for everything else; `undefined` when the answer ended too early.
 */
export function openEnvelope(answer: HttpAnswer): readonly FoundAttack[] | undefined {
  const text = answer.body.toString('utf8').replace(/^\uFEFF/, '');
  if (!/^\s*\{/.test(text)) throw unexpected(answer);
  const body = parseObject(text);
  if (body === undefined) return undefined;
  const { successMessage, data = null } = body;
  if (!isSuccess(successMessage) || !(data === null || Array.isArray(data))) {
    throw unexpected(answer);
  }
  const found: FoundAttack[] = [];
  for (const row of data ?? []) addRow(found, row);
  return found;
}

function addRow(found: FoundAttack[], row: JsonValue): void {
  if (row === null) return;
  const attacks = isJsonObject(row) ? (row['attacks'] ?? []) : undefined;
  if (!isJsonObject(row) || !Array.isArray(attacks)) {
    found.push({ websiteName: undefined, attack: row });
    return;
  }
  const name = row['websiteName'];
  const websiteName = typeof name === 'string' ? name.trim() : undefined;
  for (const attack of attacks) found.push({ websiteName, attack });
}

function isSuccess(message: JsonValue | undefined): boolean {
  return typeof message === 'string' && message.trim().toLowerCase() === 'success';
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const body = parseExactly(text);
    return isJsonObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function unexpected(answer: HttpAnswer): AppError {
  return new AppError('source_misbehaved', `expected attacks, got ${describeAnswer(answer)}`);
}
