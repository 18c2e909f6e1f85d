import type { Random } from '../../src/feeds/seeded-random.ts';

/** Larger inputs are cut: what grows faster than its input shows long before. */
export const inputBytesMax = 64 * 1024;
const stepsMax = 4;

/** Bytes and texts that parsers stumble over, whatever they parse. */
const awkward: readonly string[] = [
  '"',
  "'",
  '\\',
  '=',
  '|',
  ',',
  ':',
  ';',
  '&',
  '%',
  '%00',
  '%zz',
  '<',
  '>',
  '<0>',
  '<999>1 ',
  '[',
  ']',
  '{',
  '}',
  '{}',
  '[]',
  'null',
  'true',
  '""',
  '\\u0000',
  '\\ud800',
  '\\"',
  '\\x',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '\0',
  '\u001b[2J',
  '\u0085',
  '\u2028',
  '\uFEFF',
  '\u202e',
  'ß',
  '😀',
  '0',
  '-0',
  '-1',
  '1e308',
  '1e309',
  '9007199254740993',
  '1.5',
  '0x10',
  '١',
  '__proto__',
  'constructor',
  'toString',
  '../',
  '..\\',
  'CEF:0|',
  'NaN',
  'Infinity',
  '1970-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '2026-02-30T00:00:00Z',
  '-000001-01-01',
];
const separators = [
  ' ',
  ' ',
  '\t',
  '\\',
  '"',
  '=',
  ',',
  ';',
  '0',
  'a',
  '" ',
  ', ',
  ' a=',
  '\\"',
] as const;
const depths = [10, 300, 5000, 20_000] as const;
const copies = [2, 30, 1000, 20_000] as const;

/** Another input: one that is known with up to four things done to it. */
export function mutated(
  seeds: readonly Buffer[],
  tokens: readonly string[],
  random: Random,
): Buffer {
  let input = random.pick(seeds);
  const steps = random.integer(1, stepsMax);
  for (let step = 0; step < steps; step += 1) {
    input = random.pick(mutations)(input, { seeds, tokens, random });
    if (input.length > inputBytesMax) input = input.subarray(0, inputBytesMax);
  }
  return input;
}

interface Material {
  readonly seeds: readonly Buffer[];
  readonly tokens: readonly string[];
  readonly random: Random;
}

type Mutation = (input: Buffer, material: Material) => Buffer;

const mutations: readonly Mutation[] = [
  flipBit,
  insertToken,
  insertToken,
  replaceWithToken,
  removePart,
  cutOff,
  repeatPart,
  insertRun,
  joinWithAnother,
  swapParts,
  nestDeeply,
  changeValue,
  changeValue,
  repeatMember,
];

function flipBit(input: Buffer, { random }: Material): Buffer {
  if (input.length === 0) return input;
  const copy = Buffer.from(input);
  const at = random.integer(0, copy.length - 1);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(0, 7));
  return copy;
}

function insertToken(input: Buffer, material: Material): Buffer {
  const at = material.random.integer(0, input.length);
  return Buffer.concat([input.subarray(0, at), token(material), input.subarray(at)]);
}

function replaceWithToken(input: Buffer, material: Material): Buffer {
  const [start, end] = part(input, material.random, 40);
  return Buffer.concat([input.subarray(0, start), token(material), input.subarray(end)]);
}

function removePart(input: Buffer, { random }: Material): Buffer {
  const [start, end] = part(input, random, 200);
  return Buffer.concat([input.subarray(0, start), input.subarray(end)]);
}

function cutOff(input: Buffer, { random }: Material): Buffer {
  return input.subarray(0, random.integer(0, input.length));
}

/** Shows what takes time in the square of its input. */
function repeatPart(input: Buffer, { random }: Material): Buffer {
  const [start, end] = part(input, random, random.pick([2, 10, 300]));
  const times = Math.min(random.pick(copies), Math.ceil(inputBytesMax / Math.max(1, end - start)));
  const repeated = Array.from({ length: times }, () => input.subarray(start, end));
  return Buffer.concat([input.subarray(0, start), ...repeated, input.subarray(end)]);
}

/** A long run of what separates things, behind something of the input's own. */
function insertRun(input: Buffer, { random }: Material): Buffer {
  const text = input.toString('latin1');
  const marks = [...text.matchAll(/[^\w\s]/g)].map(({ index }) => index + 1);
  const at = marks.length === 0 ? input.length : random.pick(marks);
  const [before, behind] = [random.pick(['', '"', '=', ']']), random.pick(['', 'x', '"'])];
  const run = before + random.pick(separators).repeat(random.pick([3, 3000, 30_000])) + behind;
  return Buffer.concat([input.subarray(0, at), Buffer.from(run), input.subarray(at)]);
}

function joinWithAnother(input: Buffer, { seeds, random }: Material): Buffer {
  const other = random.pick(seeds);
  const [start, end] = part(other, random, other.length);
  const at = random.integer(0, input.length);
  return Buffer.concat([input.subarray(0, at), other.subarray(start, end), input.subarray(at)]);
}

function swapParts(input: Buffer, { random }: Material): Buffer {
  const at = random.integer(0, input.length);
  return Buffer.concat([input.subarray(at), input.subarray(0, at)]);
}

function nestDeeply(input: Buffer, { random }: Material): Buffer {
  const depth = random.pick(depths);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['- ', ''],
  ] as const);
  const end = random.chance(0.5) ? close.repeat(depth) : '';
  const nested = Buffer.from(`${open.repeat(depth)}1${end}`);
  const at = valueAt(input, random);
  return Buffer.concat([input.subarray(0, at.start), nested, input.subarray(at.end)]);
}

/** Puts something else where a JSON value stands. */
function changeValue(input: Buffer, material: Material): Buffer {
  const { random } = material;
  const { start, end } = valueAt(input, random);
  const other = valueAt(random.pick(material.seeds), random);
  const value = random.chance(0.5)
    ? token(material)
    : random.pick(material.seeds).subarray(other.start, other.end);
  return Buffer.concat([input.subarray(0, start), value, input.subarray(end)]);
}

/** The same name twice in one object. */
function repeatMember(input: Buffer, { random }: Material): Buffer {
  const members = [...input.toString('latin1').matchAll(/"[^"]{1,60}"\s*:\s*[^,{}[\]]{1,200},/g)];
  if (members.length === 0) return input;
  const [text] = random.pick(members);
  const { index } = random.pick(members);
  const member = Buffer.from(text, 'latin1');
  return Buffer.concat([input.subarray(0, index), member, input.subarray(index)]);
}

/** Where a JSON value, or what looks like one, stands. */
function valueAt(input: Buffer, random: Random): { readonly start: number; readonly end: number } {
  const found = [
    ...input.toString('latin1').matchAll(/[:[,]\s*("(?:[^"\\]|\\.){0,300}"|[\w.+-]+)/g),
  ];
  if (found.length === 0) {
    const [start, end] = part(input, random, 20);
    return { start, end };
  }
  const match = random.pick(found);
  const end = match.index + match[0].length;
  return { start: end - (match[1]?.length ?? 0), end };
}

function token({ tokens, random }: Material): Buffer {
  if (random.chance(0.1)) return Buffer.from([random.integer(0, 255)]);
  return Buffer.from(random.pick(tokens.length > 0 && random.chance(0.5) ? tokens : awkward));
}

function part(input: Buffer, random: Random, lengthMax: number): readonly [number, number] {
  const start = random.integer(0, input.length);
  return [start, Math.min(input.length, start + random.integer(1, Math.max(1, lengthMax)))];
}
