import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { TextSink } from './text-sink.ts';

it('TextSink holds the UTF-8 of everything written, however wrong the expected size', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 200 })),
      fc.nat(500),
      (texts, expectedBytes) => {
        const sink = new TextSink(expectedBytes);
        for (const text of texts) sink.write(text);
        assert.equal(sink.finish().toString('utf8'), texts.join(''));
      },
    ),
  );
});
