/** JSON texts by the index of their path; undefined is not written. */
export type JsonTexts = readonly (string | undefined)[];

interface Branch {
  readonly children: Map<string, Branch | number>;
}

/**
 * A writer of one JSON object for values with dotted paths: `source.ip` stands in an object `source`.
 * Keys come in the order in which the paths first name them; an object without values is left out.
 * Throws when a path leads through another's value.
 */
export function compileJsonTree(paths: readonly string[]): (texts: JsonTexts) => string {
  const root: Branch = { children: new Map() };
  for (const [index, path] of paths.entries()) plant(root, path.split('.'), index, path);
  const write = compileBranch(root);
  return (texts) => write(texts) ?? '{}';
}

function plant(branch: Branch, names: readonly string[], index: number, path: string): void {
  const [name = '', ...rest] = names;
  const known = branch.children.get(name);
  if (rest.length === 0 && known === undefined) {
    branch.children.set(name, index);
    return;
  }
  const next = known ?? { children: new Map<string, Branch | number>() };
  if (rest.length === 0 || typeof next === 'number') throw new RangeError(`${path} is taken`);
  branch.children.set(name, next);
  plant(next, rest, index, path);
}

type Writer = (texts: JsonTexts) => string | undefined;

function compileBranch({ children }: Branch): Writer {
  const parts = [...children].map(([name, child]): readonly [string, Writer] => {
    const write =
      typeof child === 'number' ? (texts: JsonTexts) => texts[child] : compileBranch(child);
    return [`${JSON.stringify(name)}:`, write];
  });
  return (texts) => {
    let text = '';
    for (const [start, write] of parts) {
      const value = write(texts);
      if (value !== undefined) text += `${text === '' ? '{' : ','}${start}${value}`;
    }
    return text === '' ? undefined : `${text}}`;
  };
}
