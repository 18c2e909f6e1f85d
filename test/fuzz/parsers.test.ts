/**
 * A short form of `npm run fuzz`: known inputs and some hundred mutations of them for every parser,
 * the same ones each time.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Fuzzer } from './fuzz.ts';
import { fuzzTargets } from './targets.ts';

const inputs = 60;

describe('what strangers write', () => {
  for (const target of fuzzTargets) {
    after(() => target.close?.());

    it(`is read or refused by ${target.name}, and nothing else happens`, async () => {
      const fuzzer = new Fuzzer(target, 1);
      for (let count = 0; count < inputs + target.seeds.length; count += 1) {
        const finding = await fuzzer.try(fuzzer.next());
        const shown = finding?.input.toString('latin1').slice(0, 2000);
        assert.equal(finding, undefined, `${finding?.what}\n${shown}`);
      }
    });
  }
});
