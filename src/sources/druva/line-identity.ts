import { hash } from 'node:crypto';

const facilityStart = ' deviceFacility=';
const facilityPattern = / deviceFacility=\d{1,2}(?= |$)/;

/**
 * The identity of a line, before identical ones are numbered: the digest of everything in it but
 * the facility. That is a setting of the export; changing it must not make old events new.
 */
export function lineIdentity(line: string): string {
  return `l-${hash('sha256', withoutFacility(line), 'hex').slice(0, 32)}`;
}

/** In Syslog lines the severity goes with it, as both are one number there. */
function withoutFacility(line: string): string {
  if (line.startsWith('<')) return line.slice(line.indexOf('>') + 1);
  return line.includes(facilityStart) ? line.replace(facilityPattern, '') : line;
}
