import type { Plugin, Rolldown } from 'vite';
import { brotli } from './precompress.ts';

/**
 * Fails the build when what a browser fetches before it shows anything outgrows `limitBytes`
 * compressed: the entry with all it imports statically, and their style sheets.
 */
export function firstLoadLimit({ limitBytes }: { readonly limitBytes: number }): Plugin {
  return {
    name: 'tailrace-first-load-limit',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = [...firstLoad(bundle)];
      const sizeBytes = files.reduce((sum, name) => sum + compressedBytes(bundle, name), 0);
      const sentence = `first load: ${kilobytes(sizeBytes)} compressed in ${files.length} files`;
      if (sizeBytes > limitBytes) this.error(`${sentence}; at most ${kilobytes(limitBytes)}`);
      console.log(sentence);
    },
  };
}

function firstLoad(bundle: Rolldown.OutputBundle): ReadonlySet<string> {
  const files = new Set<string>();
  const visit = (chunk: Rolldown.OutputChunk): void => {
    if (files.has(chunk.fileName)) return;
    files.add(chunk.fileName);
    for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css);
    for (const name of chunk.imports) {
      const imported = bundle[name];
      if (imported?.type === 'chunk') visit(imported);
    }
  };
  for (const output of Object.values(bundle)) {
    if (output.type === 'chunk' && output.isEntry) visit(output);
  }
  return files;
}

function compressedBytes(bundle: Rolldown.OutputBundle, name: string): number {
  const output = bundle[name];
  if (output === undefined) return 0;
  const content = output.type === 'chunk' ? output.code : output.source;
  return brotli(Buffer.from(content)).length;
}

function kilobytes(sizeBytes: number): string {
  return `${Math.ceil(sizeBytes / 1_000)} kB`;
}
