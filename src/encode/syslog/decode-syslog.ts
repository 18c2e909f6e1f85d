import { parseIsoTime } from '../../feeds/iso-time.ts';
import { lineInvalid } from '../line-invalid.ts';

/** An RFC 5424 line's parts; header parts that are `-` are undefined. */
export interface DecodedSyslog {
  readonly facility: number;
  readonly severity: number;
  /** Epoch milliseconds UTC. */
  readonly timeMs: number | undefined;
  readonly hostname: string | undefined;
  readonly appName: string | undefined;
  readonly procId: string | undefined;
  readonly msgId: string | undefined;
  /** SD-PARAMs by SD-ID, unescaped; of a repeated name the first one counts. */
  readonly structuredData: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Everything after the structured data and its space; the vendor's lines start with one more. */
  readonly message: string;
}

const header =
  /^<(?<priority>0|[1-9]\d{0,2})>1 (?<time>\S+) (?<host>[!-~]{1,255}) (?<app>[!-~]{1,48}) (?<proc>[!-~]{1,128}) (?<msg>[!-~]{1,32}) /;

/**
 * RFC 5424, which the vendor's lines are too, with APP-NAME `Druva` and PROCID `inSync`. Throws
 * `line_invalid` naming the column (from 1) and the reason.
 */
export function decodeSyslog(line: string): DecodedSyslog {
  const match = header.exec(line);
  const { priority = '', time = '', host, app, proc, msg } = match?.groups ?? {};
  if (match === null) throw lineInvalid(0, 'no RFC 5424 header');
  if (Number(priority) > 191) throw lineInvalid(1, 'the priority must be 0 to 191');
  const timeMs = parseIsoTime(time);
  if (time !== '-' && timeMs === undefined) {
    throw lineInvalid(line.indexOf(' ') + 1, 'the time must be ISO 8601 with offset');
  }
  const { structuredData, end } = readStructuredData(line, match[0].length);
  return {
    facility: Math.floor(Number(priority) / 8),
    severity: Number(priority) % 8,
    timeMs,
    hostname: unlessNil(host),
    appName: unlessNil(app),
    procId: unlessNil(proc),
    msgId: unlessNil(msg),
    structuredData,
    message: messageFrom(line, end),
  };
}

function unlessNil(part: string | undefined): string | undefined {
  return part === '-' ? undefined : part;
}

/** The vendor's document has U+00A0 where the space belongs; a line may have been made that way. */
function messageFrom(line: string, end: number): string {
  const separator = line[end];
  if (separator === undefined) return '';
  if (separator !== ' ' && separator !== '\u00a0') {
    throw lineInvalid(end, 'a space is expected after the structured data');
  }
  return line.slice(end + 1);
}

interface StructuredData {
  readonly structuredData: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly end: number;
}

const sdName = /[!#-<>-\\^-~]{1,32}/y;
const sdParam = / (?<name>[!#-<>-\\^-~]{1,32})="(?<value>(?:[^"\\\]]|\\["\\\]]|\\(?!["\\\]]))*)"/y;

function readStructuredData(line: string, from: number): StructuredData {
  const elements = new Map<string, ReadonlyMap<string, string>>();
  if (line[from] === '-') return { structuredData: elements, end: from + 1 };
  let at = from;
  while (line[at] === '[') {
    const id = matchAt(sdName, line, at + 1)?.[0];
    if (id === undefined) throw lineInvalid(at + 1, 'an SD-ID is expected');
    if (elements.has(id)) throw lineInvalid(at + 1, 'an SD-ID stands there twice');
    const { params, end } = readParams(line, at + 1 + id.length);
    elements.set(id, params);
    at = end;
  }
  if (at === from) throw lineInvalid(at, 'structured data or - is expected');
  return { structuredData: elements, end: at };
}

function readParams(line: string, from: number): { params: Map<string, string>; end: number } {
  const params = new Map<string, string>();
  let at = from;
  while (line[at] !== ']') {
    const match = matchAt(sdParam, line, at);
    const { name = '', value = '' } = match?.groups ?? {};
    if (match === null) throw lineInvalid(at, 'an SD-PARAM or ] is expected');
    if (!params.has(name)) params.set(name, value.replace(/\\(["\\\]])/g, '$1'));
    at += match[0].length;
  }
  return { params, end: at + 1 };
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}
