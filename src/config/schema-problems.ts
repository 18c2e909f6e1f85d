import type { z } from 'zod';
import { nearestWord } from '../lib/nearest-word.ts';
import type { Problem } from './problem.ts';
import { describeExpected, isSecretReference, keysOf, schemaAt } from './schema-walk.ts';
import type { Path, YamlDocument } from './yaml-document.ts';

/** What was checked: a part of the document, its schema, and further keys allowed beside it. */
export interface Checked {
  readonly document: YamlDocument;
  readonly at: Path;
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly otherKeys?: readonly string[];
}

/** What a schema found, in words and with places. Values of secrets are never repeated. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], checked: Checked): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, checked));
}

function problemsOfIssue(issue: z.core.$ZodIssue, checked: Checked): Problem[] {
  if (issue.code === 'custom') return [problemAt(issue, checked)];
  const secretPath = secretAbove(issue.path, checked.schema);
  if (secretPath !== undefined) return [secretProblem(secretPath, checked)];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, issue.path, checked));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = likeliestBranch(issue.errors);
    const isDeep = branch.some(({ path, code }) => path.length > 0 || code !== 'invalid_type');
    if (isDeep)
      return problemsOf(
        branch.map((inner) => nested(inner, issue.path)),
        checked,
      );
  }
  return [problemAt(issue, checked)];
}

function problemAt(issue: z.core.$ZodIssue, checked: Checked): Problem {
  const { document, at, schema, value } = checked;
  const path = [...at, ...issue.path];
  const place = document.placeOf(path);
  const got = valueAt(value, issue.path);
  const expected = schemaAt(schema, issue.path);
  const name = describePath(path);
  if (issue.code === 'custom') return { ...place, message: `${name}: ${issue.message}` };
  const wanted = expectedBy(issue) ?? (expected && describeExpected(expected)) ?? issue.message;
  if (got === undefined) return { ...place, message: `${name} is missing: expected ${wanted}` };
  const meant = typeof got === 'string' ? nearestWord(got, choices(issue)) : undefined;
  const question = meant === undefined ? '' : `; did you mean '${meant}'?`;
  return { ...place, message: `${name}: expected ${wanted}, got ${describeGot(got)}${question}` };
}

/** An author's own words for what is expected, where the schema has them. */
function expectedBy(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'invalid_format' && !issue.message.startsWith('Invalid')) return issue.message;
  const values = choices(issue);
  return values.length > 0 ? `one of ${values.join(', ')}` : undefined;
}

function choices(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'invalid_union' && 'options' in issue) {
    return (issue.options ?? []).map(String);
  }
  return [];
}

function unknownKey(key: string, path: Path, checked: Checked): Problem {
  const { document, at, schema, otherKeys = [] } = checked;
  const holder = schemaAt(schema, path);
  const known = [
    ...(path.length === 0 ? otherKeys : []),
    ...(holder === undefined ? [] : keysOf(holder)),
  ];
  const meant = nearestWord(key, known);
  const where = at.length + path.length === 0 ? '' : ` in ${describePath([...at, ...path])}`;
  const advice =
    meant === undefined
      ? `; known are ${known.toSorted().join(', ')}`
      : `; did you mean '${meant}'?`;
  return {
    ...document.placeOfKey([...at, ...path], key),
    message: `unknown key '${key.slice(0, 80)}'${where}${advice}`,
  };
}

/** The path of the secret that `path` lies in, if it does. */
function secretAbove(path: Path, schema: z.core.$ZodType): Path | undefined {
  for (let length = 1; length <= path.length; length++) {
    const part = path.slice(0, length);
    if (isSecretReference(schemaAt(schema, part))) return part;
  }
  return undefined;
}

function secretProblem(path: Path, { document, at, value }: Checked): Problem {
  const place = document.placeOf([...at, ...path]);
  const name = describePath([...at, ...path]);
  const form = '{ env: NAME } or { file: PATH }';
  const got = valueAt(value, path);
  if (got === undefined) return { ...place, message: `${name} is missing: expected ${form}` };
  const isPlain = got === null || typeof got !== 'object';
  return {
    ...place,
    message: isPlain
      ? `${name} is a secret and must not stand in the file: expected ${form}`
      : `${name}: expected ${form} and nothing else`,
  };
}

/** Of the ways in which a union did not match, the one that came closest. */
function likeliestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]) {
  return branches.toSorted((a, b) => weight(a) - weight(b))[0] ?? [];
}

function weight(branch: readonly z.core.$ZodIssue[]): number {
  return branch.reduce((sum, issue) => sum + (issue.path.length === 0 ? 10 : 1), 0);
}

function nested(issue: z.core.$ZodIssue, above: Path): z.core.$ZodIssue {
  return { ...issue, path: [...above, ...issue.path] };
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    found = typeof found === 'object' && found !== null ? Reflect.get(found, step) : undefined;
  }
  return found;
}

/** `sinks[0].facility`; `the file` for the whole. */
export function describePath(path: Path): string {
  if (path.length === 0) return 'the file';
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function describeGot(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys with values';
  const text = JSON.stringify(value).replace(/\/\/[^/@]*@/, '//…@');
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
