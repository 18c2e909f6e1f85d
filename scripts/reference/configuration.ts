import { z } from 'zod';
import { sinkTypes, sourceTypes } from '../../src/config/adapters.ts';
import { configSchema, sinkSchema, sourceSchema } from '../../src/config/config-schema.ts';
import { innermost } from '../../src/config/schema-walk.ts';
import { schemaHeadings, schemaRows } from './schema-rows.ts';
import { code, table } from './table.ts';

type Schema = z.core.$ZodType;

export function configurationReference(): string {
  return [
    introduction,
    `## Top level\n\n${keys(configSchema)}`,
    `## Every source\n\nEntries of \`sources\`.\n\n${keys(sourceSchema)}`,
    ...Object.entries(sourceTypes).map(([type, schema]) => typeSection('source', type, schema)),
    `## Every sink\n\nEntries of \`sinks\`.\n\n${keys(sinkSchema)}`,
    ...Object.entries(sinkTypes).map(([type, schema]) => typeSection('sink', type, schema)),
  ].join('\n');
}

const introduction = `# Configuration

\`tailrace run --config tailrace.yaml\` reads one YAML file; \`tailrace check\` checks it and names every
problem at once with line and column. Files to begin with stand in \`examples/\`.

- A **secret** is \`{ env: NAME }\` or \`{ file: PATH }\`, never a value; it is read anew whenever it is
  needed, and one trailing newline of a file is dropped.
- A **duration** is a whole number with \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`; a **size** one with \`B\`, \`KiB\`,
  \`MiB\` or \`GiB\`.
- Relative **paths** are relative to the configuration file.
- \`SIGHUP\` reads the file again. Sources and sinks go on with it; \`dataDirectory\`, \`store\`, \`serve\`,
  \`monitor\`, the master keys and \`log.format\` take effect at the next start. A file with problems
  changes nothing.
`;

function keys(schema: Schema): string {
  return table(schemaHeadings, schemaRows(schema));
}

function typeSection(what: string, type: string, schema: Schema): string {
  const inner = innermost(schema);
  const title = `### ${what} type ${code(type)}\n\n`;
  if (!(inner instanceof z.ZodDiscriminatedUnion)) return title + keys(inner);
  const { discriminator } = inner.def;
  const variants = inner.options.map((option) => {
    const literal = option instanceof z.ZodObject ? option.shape[discriminator] : undefined;
    const value = literal instanceof z.ZodLiteral ? [...literal.values].join() : '';
    return `With ${code(`${discriminator}: ${value}`)}:\n\n${keys(option)}`;
  });
  return title + variants.join('\n');
}
