import { lineInvalid } from '../line-invalid.ts';
import { decodeExtension } from './decode-extension.ts';

/** A CEF line's parts, unescaped. */
export interface DecodedCef {
  /** What stands before `CEF:`, without the space at its end: a syslog header, or nothing. */
  readonly prefix: string;
  readonly version: number;
  readonly vendor: string;
  readonly product: string;
  readonly deviceVersion: string;
  readonly classId: string;
  readonly name: string;
  readonly severity: string;
  /** In the order of the line. */
  readonly extension: ReadonlyMap<string, string>;
}

export interface DecodeCefOptions {
  /**
   * Takes what real products get wrong too: unknown escapes and bare `=` as they stand, any word as
   * severity, other characters in keys, spare spaces between pairs, a header without its last pipe,
   * empty vendor and product, a repeated key (the first one counts).
   */
  readonly lenient?: boolean;
}

/** Throws `line_invalid` naming the column (from 1) and the reason; never quotes more than a word. */
export function decodeCef(line: string, { lenient = false }: DecodeCefOptions = {}): DecodedCef {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const control = /[\u0000-\u001f\u007f]/.exec(line);
  if (control !== null && !lenient) throw lineInvalid(control.index, 'a raw control character');
  const start = line.search(/(?:^|\s)CEF:/);
  if (start === -1) throw lineInvalid(0, 'CEF: is missing');
  const at = line.indexOf('CEF:', start);
  const header = splitHeader(line, at, lenient);
  const [versionText = '', vendor = '', product = '', deviceVersion = '', classId = ''] =
    header.parts;
  const [name = '', severity = ''] = header.parts.slice(5);
  if (!/^CEF:\d{1,3}$/.test(versionText)) throw lineInvalid(at + 4, 'the version is no number');
  if (!lenient) assertHeader(at, { vendor, product, name, severity });
  return {
    prefix: line.slice(0, at).trimEnd(),
    version: Number(versionText.slice(4)),
    vendor,
    product,
    deviceVersion,
    classId,
    name,
    severity,
    extension: decodeExtension(line, header.end, lenient),
  };
}

interface Header {
  readonly parts: readonly string[];
  /** Where the extension starts. */
  readonly end: number;
}

const headerParts = 7;

function splitHeader(line: string, from: number, lenient: boolean): Header {
  const parts: string[] = [];
  let part = '';
  let at = from;
  for (; at < line.length && parts.length < headerParts; at += 1) {
    const character = line[at] ?? '';
    if (character === '|') {
      parts.push(part);
      part = '';
    } else if (character === '\\') {
      const escaped = line[at + 1] ?? '';
      if (escaped === '\\' || escaped === '|') at += 1;
      else if (!lenient) throw lineInvalid(at, 'an unknown escape in the header');
      part += escaped === '\\' || escaped === '|' ? escaped : '\\';
    } else {
      part += character;
    }
  }
  if (lenient && parts.length === headerParts - 1) parts.push(part);
  if (parts.length < headerParts) {
    throw lineInvalid(line.length, `the header ends after ${parts.length} of ${headerParts} parts`);
  }
  return { parts, end: at };
}

const severityWords: ReadonlySet<string> = new Set([
  'Unknown',
  'Low',
  'Medium',
  'High',
  'Very-High',
]);

function assertHeader(
  at: number,
  header: { vendor: string; product: string; name: string; severity: string },
): void {
  const { vendor, product, name, severity } = header;
  if (vendor === '' || product === '' || name === '') {
    throw lineInvalid(at, 'vendor, product and name must not be empty');
  }
  if (!/^(?:10|\d)$/.test(severity) && !severityWords.has(severity)) {
    throw lineInvalid(at, 'severity must be 0 to 10 or one of its five words');
  }
}
