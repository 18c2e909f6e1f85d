import { hash } from 'node:crypto';

const facilityStart = ' deviceFacility=';
const facilityBytes = Buffer.from(facilityStart);
const [space, openAngle, closeAngle] = [0x20, 0x3c, 0x3e];
const facilityPattern = / deviceFacility=\d{1,2}(?= |$)/;

/**
 * The identity of a line, before identical ones are numbered: the digest of everything in it but
 * the facility. That is a setting of the export; changing it must not make old events new.
 */
export function lineIdentity(line: string): string {
  return identityOf(withoutFacility(line));
}

/** As `lineIdentity`, for lines in UTF-8. */
export class LineIdentities {
  #scratch = Buffer.allocUnsafeSlow(4096);

  /** Of the line from `start` to before `end`. */
  of(bytes: Buffer, start: number, end: number): string {
    if (bytes[start] === openAngle) {
      const closeAt = bytes.subarray(start, end).indexOf(closeAngle);
      return identityOf(bytes.subarray(start + closeAt + 1, end));
    }
    const line = bytes.subarray(start, end);
    const facilityAt = line.indexOf(facilityBytes);
    if (facilityAt === -1) return identityOf(line);
    const facilityEnd = endOfFacility(line, facilityAt);
    // One that is no facility may stand before the one that is.
    if (facilityEnd === -1) return lineIdentity(line.toString('utf8'));
    return identityOf(this.#without(line, facilityAt, facilityEnd));
  }

  #without(line: Buffer, start: number, end: number): Buffer {
    if (line.length > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(line.length);
    const length = line.copy(this.#scratch, 0, 0, start);
    return this.#scratch.subarray(0, length + line.copy(this.#scratch, length, end));
  }
}

/** Behind the facility that begins at `at`, as `facilityPattern` has it; -1 when none does. */
function endOfFacility(line: Buffer, at: number): number {
  const digitsAt = at + facilityBytes.length;
  let digitsEnd = digitsAt;
  while (isDigit(line[digitsEnd])) digitsEnd += 1;
  const digits = digitsEnd - digitsAt;
  if (digits !== 1 && digits !== 2) return -1;
  return digitsEnd === line.length || line[digitsEnd] === space ? digitsEnd : -1;
}

function identityOf(content: string | Buffer): string {
  return `l-${hash('sha256', content, 'hex').slice(0, 32)}`;
}

function isDigit(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** In Syslog lines the severity goes with it, as both are one number there. */
function withoutFacility(line: string): string {
  if (line.startsWith('<')) return line.slice(line.indexOf('>') + 1);
  return line.includes(facilityStart) ? line.replace(facilityPattern, '') : line;
}
