import { z } from 'zod';
import type { Path } from './yaml-document.ts';

/** The schema behind defaults, optionals and transformations: what a person may write there. */
export function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly
  ) {
    return innermost(schema.def.innerType);
  }
  if (schema instanceof z.ZodPipe) {
    return innermost(schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in);
  }
  return schema;
}

/** Every key that may stand in an object of this schema; of a union, in any of its objects. */
export function keysOf(schema: z.core.$ZodType): readonly string[] {
  const inner = innermost(schema);
  if (inner instanceof z.ZodObject) return Object.keys(inner.shape);
  if (inner instanceof z.ZodUnion) return [...new Set(inner.options.flatMap(keysOf))];
  return [];
}

/** The schema of the value at `path`; of a union, the first branch that has such a key. */
export function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  const inner = innermost(schema);
  if (inner instanceof z.ZodArray) return schemaAt(inner.element, rest);
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType, rest);
  if (inner instanceof z.ZodUnion) return firstOf(inner.options, path);
  if (!(inner instanceof z.ZodObject)) return undefined;
  const child = inner.shape[String(step)];
  return child === undefined ? undefined : schemaAt(child, rest);
}

function firstOf(options: readonly z.core.$ZodType[], path: Path): z.core.$ZodType | undefined {
  for (const option of options) {
    const found = schemaAt(option, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True for the schema of a secret: an object that names an environment variable or a file. */
export function isSecretReference(schema: z.core.$ZodType | undefined): boolean {
  if (schema === undefined) return false;
  const inner = innermost(schema);
  if (!(inner instanceof z.ZodUnion)) return false;
  const keys = inner.options.map((option) => keysOf(option).join());
  return keys.toSorted().join(' ') === 'env file';
}

/** What a person may write there, in words: `a whole number`, `one of cef, syslog, json`. */
export function describeExpected(schema: z.core.$ZodType): string {
  const inner = innermost(schema);
  if (isSecretReference(inner)) return '{ env: NAME } or { file: PATH }';
  if (inner instanceof z.ZodString || inner instanceof z.ZodStringFormat) {
    return patternMessage(inner) ?? 'a text';
  }
  if (inner instanceof z.ZodNumber) return describeNumber(inner);
  if (inner instanceof z.ZodBoolean) return 'true or false';
  if (inner instanceof z.ZodEnum) return oneOf(inner.options);
  if (inner instanceof z.ZodLiteral) return oneOf([...inner.values]);
  if (inner instanceof z.ZodArray) return describeList(inner.element);
  if (inner instanceof z.ZodUnion) {
    return [...new Set(inner.options.map(describeExpected))].join(' or ');
  }
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return 'keys with values';
  return 'a value';
}

function describeList(element: z.core.$ZodType): string {
  return element instanceof z.ZodUnknown ? 'a list' : `a list, each ${describeExpected(element)}`;
}

function describeNumber(schema: z.ZodNumber): string {
  const kind = schema.isInt ? 'a whole number' : 'a number';
  const { minValue, maxValue } = schema;
  const hasMin = minValue !== null && minValue > Number.MIN_SAFE_INTEGER;
  const hasMax = maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER;
  if (hasMin && hasMax) return `${kind} from ${minValue} to ${maxValue}`;
  if (hasMin) return `${kind} from ${minValue} up`;
  return hasMax ? `${kind} up to ${maxValue}` : kind;
}

/** The words that go with a regular expression: what its author says is expected. */
function patternMessage(schema: z.core.$ZodType): string | undefined {
  const result = z.safeParse(schema, '\u0000');
  const issue = result.error?.issues.find(({ code }) => code === 'invalid_format');
  return issue === undefined || issue.message.startsWith('Invalid') ? undefined : issue.message;
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}
