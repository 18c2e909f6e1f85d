/**
 * Bundles the program: everything that `src/cli/main.ts` can load, packages included, in few files. A
 * process that starts then reads a few dozen files instead of a thousand, and a part of the program
 * that is loaded on demand stays a file of its own.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import type {
  CodeSplittingGroup,
  InputOptions,
  OutputOptions,
  Plugin,
  RolldownOutput,
} from 'rolldown';

const sourceRoot = fileURLToPath(new URL('..', import.meta.url));

/**
 * What is loaded together is one file: such a module and everything that it imports, as far as no
 * group before has it. All else is cut into files by who imports it.
 */
const groups: CodeSplittingGroup[] = [
  { name: 'program', test: /src\/cli\/program\.ts$/, priority: 3 },
  { name: 'run', test: /src\/cli\/commands\/run\.ts$/, priority: 2 },
];

const expected: ReadonlySet<string> = new Set([
  'UNRESOLVED_IMPORT', // packages look for such modules at run time and can do without them
  'INEFFECTIVE_DYNAMIC_IMPORT', // what one command loads lazily another one needs at once
]);

export interface Bundle {
  readonly files: number;
  readonly sizeBytes: number;
  /** Paths of the modules whose code is in it, absolute. */
  readonly modules: ReadonlySet<string>;
}

/** Writes the program into `folder`: `cli/main.js`, and what it loads into `chunks/`. */
export async function bundleProgram(folder: string): Promise<Bundle> {
  const modules = new Set<string>();
  await using build = await rolldown(inputOptions('src/cli/main.ts', modules));
  const { output } = await build.write({
    ...outputOptions,
    dir: folder,
    entryFileNames: 'cli/main.js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    assetFileNames: 'chunks/[name]-[hash][extname]',
    codeSplitting: { groups },
  });
  return { files: output.length, sizeBytes: sizeOf(output), modules };
}

/** The program of a thread as one file: it shares none with the main thread, and loads no more. */
async function bundleThread(file: string, modules: Set<string>): Promise<string> {
  await using build = await rolldown(inputOptions(file, modules));
  const { output } = await build.generate({ ...outputOptions, codeSplitting: false });
  return output[0].code;
}

function inputOptions(input: string, modules: Set<string>): InputOptions {
  return {
    cwd: sourceRoot,
    input,
    platform: 'node',
    plugins: [filesBesideModules(modules), namesOf(modules), zodInEnglish, builtinsWithoutFacade],
    onLog(level, log, handle) {
      if (!expected.has(log.code ?? '')) handle(level, log);
    },
  };
}

const outputOptions = {
  format: 'esm',
  comments: false, // the licences of what is in it are told by a file of their own
} as const satisfies OutputOptions;

function sizeOf(output: RolldownOutput['output']): number {
  return output.reduce(
    (sum, file) => sum + Buffer.byteLength(file.type === 'chunk' ? file.code : file.source),
    0,
  );
}

function namesOf(modules: Set<string>): Plugin {
  return {
    name: 'names-of-modules',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') for (const id of file.moduleIds) modules.add(id);
      }
    },
  };
}

const besideModule = /new URL\(\s*(['"])(\.[^'"]*[^'"/])\1,\s*import\.meta\.url,?\s*\)/g;

/**
 * `new URL('./file', import.meta.url)` names a file beside the module: the program of a thread, or
 * something that is read, which is copied.
 */
function filesBesideModules(modules: Set<string>): Plugin {
  return {
    name: 'files-beside-modules',
    transform: {
      filter: { code: besideModule },
      async handler(code, id) {
        let changed = code;
        for (const [expression, , path = ''] of code.matchAll(besideModule)) {
          const file = fileURLToPath(new URL(path, pathToFileURL(id)));
          const isProgram = file.endsWith('.ts');
          const reference = this.emitFile({
            type: 'asset',
            name: isProgram ? basename(file).replace(/\.ts$/, '.js') : basename(file),
            source: isProgram ? await bundleThread(file, modules) : readFileSync(file),
          });
          const url = `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
          changed = changed.replaceAll(expression, url);
        }
        return changed;
      },
    },
  };
}

const importLine =
  /^import (?:([\w$]+)(?:, )?)?(?:\* as ([\w$]+)|\{([^}]*)\})? from "([^."][^"]*)";$/gm;

/**
 * Takes Node's own modules as they are. An `import` of one reads every property that it has, and some
 * of them load much when they are read: `WebSocket` of `node:http` a whole HTTP client.
 */
const builtinsWithoutFacade: Plugin = {
  name: 'builtins-without-facade',
  renderChunk(code) {
    return code.replaceAll(
      importLine,
      (line, whole?: string, space?: string, names?: string, module = '') => {
        if (!isBuiltin(module)) return line;
        const targets = [whole, space, names && `{${names.replaceAll(' as ', ': ')}}`];
        const from = `globalThis.process.getBuiltinModule("${module}")`;
        const bindings = targets.filter(Boolean).map((target) => `${target} = ${from}`);
        return `const ${bindings.join(', ')};`;
      },
    );
  },
};

/** Leaves out the languages that zod can word its messages in, 300 kB: only its own is used. */
const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  load: {
    filter: { id: /zod\/v4\/locales\/index\.js$/ },
    handler: () => "export { default as en } from './en.js';",
  },
};
