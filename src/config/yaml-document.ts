import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { errorMessage } from '../core/errors.ts';
import type { Problem } from './problem.ts';

/** How often anchors may be repeated; stops documents that grow when they are read. */
const aliasesMax = 100;
const problemsMax = 50;

export type Path = readonly PropertyKey[];
export type Place = Omit<Problem, 'message'>;

/** A YAML text as a plain value that still knows where everything stands. */
export class YamlDocument {
  readonly value: unknown;
  /** What keeps the text from being read; with any of these `value` is undefined. */
  readonly problems: readonly Problem[];
  readonly #document: Document.Parsed | undefined;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    try {
      const document = parseDocument(text, {
        lineCounter: this.#lines,
        prettyErrors: false,
        uniqueKeys: true,
        stringKeys: true,
        merge: false,
        logLevel: 'error', // 'silent' would keep a second document to itself
      });
      this.#document = document;
      this.problems = [...document.errors, ...document.warnings]
        .slice(0, problemsMax)
        .map((error) => ({ ...this.#placeAt(error.pos[0]), message: sentence(error.message) }));
      if (this.problems.length === 0) this.value = document.toJS({ maxAliasCount: aliasesMax });
    } catch (error) {
      this.problems = [{ line: 1, column: 1, message: unreadable(error) }];
    }
  }

  /** Where the value at `path` stands; where it is missing, the place of what should hold it. */
  placeOf(path: Path): Place {
    let node = this.#resolve(this.#document?.contents);
    let place = this.#placeOfNode(node);
    for (const step of path) {
      node = this.#resolve(childOf(node, step));
      if (node === undefined) break;
      place = this.#placeOfNode(node);
    }
    return place;
  }

  /** Where the key `key` of the map at `path` stands. */
  placeOfKey(path: Path, key: string): Place {
    const map = this.#nodeAt(path);
    const pair = isMap(map) ? map.items.find((item) => keyOf(item) === key) : undefined;
    return pair === undefined ? this.placeOf(path) : this.#placeOfNode(asNode(pair.key));
  }

  #nodeAt(path: Path): Node | undefined {
    let node = this.#resolve(this.#document?.contents);
    for (const step of path) node = this.#resolve(childOf(node, step));
    return node;
  }

  #resolve(node: Node | null | undefined): Node | undefined {
    if (!isAlias(node)) return node ?? undefined;
    return this.#document === undefined ? undefined : node.resolve(this.#document);
  }

  #placeOfNode(node: Node | undefined): Place {
    return this.#placeAt(node?.range?.[0] ?? 0);
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function childOf(node: Node | undefined, step: PropertyKey): Node | undefined {
  if (isSeq(node)) return asNode(node.items[Number(step)]);
  if (isMap(node)) return asNode(node.items.find((item) => keyOf(item) === step)?.value);
  return undefined;
}

function keyOf(pair: Pair): unknown {
  return isScalar(pair.key) ? pair.key.value : undefined;
}

function asNode(value: unknown): Node | undefined {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : undefined;
}

function unreadable(error: unknown): string {
  const message = sentence(errorMessage(error));
  return /alias/i.test(message) ? `more than ${aliasesMax} repetitions of anchors` : message;
}

function sentence(message: string): string {
  if (message.startsWith('Source contains multiple documents')) {
    return 'a second document begins here, of which nothing would be read';
  }
  if (message === 'Map keys must be unique') return 'the same key stands here twice';
  return message.startsWith('Maximum call stack') ? 'nested too deeply' : message;
}
