import { inSyncGenerator } from '../src/feeds/insync-generator.ts';

const startMs = Date.UTC(2026, 10, 20);
const nonAscii = /[^ -~]/g;

export interface EventText {
  /** Only ASCII, so that strings stay one byte a character. */
  readonly ascii: boolean;
}

/** `count` inSync events as an ingesting product sends them, one JSON text each; always the same. */
export function eventTexts(count: number, { ascii }: EventText): readonly string[] {
  const generate = inSyncGenerator(7);
  return Array.from({ length: count }, (_, index) => {
    const text = JSON.stringify(generate(startMs + index));
    return ascii ? text.replaceAll(nonAscii, 'x') : text;
  });
}

/** The same cut into request bodies of `batchEvents` events. */
export function bodiesOf(texts: readonly string[], batchEvents: number): readonly Buffer[] {
  const bodies: Buffer[] = [];
  for (let start = 0; start < texts.length; start += batchEvents) {
    bodies.push(Buffer.from(texts.slice(start, start + batchEvents).join('\n')));
  }
  return bodies;
}

export function meanBytes(texts: readonly string[]): number {
  return Buffer.byteLength(texts.join('')) / texts.length;
}
