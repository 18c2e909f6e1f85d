import { attackAttributes } from '../../feeds/apptrana-fields.ts';

/** What stands in the text of a stored attack, found without parsing it. */
export interface SlicedAttack {
  readonly websiteName: string;
  readonly eventType: string;
  /** As `JSON.stringify(attackOf(event))`, but with the blanks and escapes that came in. */
  readonly text: string;
}

const [first = '', ...others] = attackAttributes;
const start = `,"fields":{"${first}":`;
const objectAt = start.indexOf('{"');
const members = others.map((name) => `,"${name}":`);
const eventTypeIndex = others.indexOf('eventType');
const attackTimeIndex = others.indexOf('attackTime');
const websiteMember = ',"websiteName":"';
const end = '"}}';
const timePattern = /^"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z"$/;

/**
 * Cuts an attack out of its event's JSON text. That is possible for nearly all: those with every
 * attribute of the document in its order, the time as the document writes it, the website last and
 * nothing else. Undefined for the others, which have to be parsed.
 *
 * No value can be taken for a member: within a string a quote has a backslash before it. Nor can a
 * member of a nested object: the website, which ends the text, is then not a member of `fields`.
 */
export function sliceAttack(json: string): SlicedAttack | undefined {
  const startAt = json.indexOf(start);
  const websiteAt = json.lastIndexOf(websiteMember);
  if (startAt === -1 || websiteAt === -1 || !json.endsWith(end)) return undefined;
  const websiteName = json.slice(websiteAt + websiteMember.length, -end.length);
  if (websiteName === '' || /["\\]/.test(websiteName)) return undefined;

  const ends = findMembers(json, startAt + start.length);
  if (ends === undefined) return undefined;
  const valueOf = (index: number): string => json.slice(ends[index], memberAt(ends, index + 1));
  const eventType = valueOf(eventTypeIndex);
  if (!/^"[^"\\]*"$/.test(eventType) || !timePattern.test(valueOf(attackTimeIndex))) {
    return undefined;
  }
  const text = `${json.slice(startAt + objectAt, websiteAt)}}`;
  return { websiteName, eventType: eventType.slice(1, -1), text };
}

/** Where the value of each member begins; undefined unless all are there, in their order. */
function findMembers(json: string, from: number): readonly number[] | undefined {
  const ends: number[] = [];
  let at = from;
  for (const member of members) {
    const found = json.indexOf(member, at);
    if (found === -1) return undefined;
    at = found + member.length;
    ends.push(at);
  }
  return ends;
}

function memberAt(ends: readonly number[], index: number): number | undefined {
  const valueAt = ends[index];
  return valueAt === undefined ? undefined : valueAt - (members[index]?.length ?? 0);
}
