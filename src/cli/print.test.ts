import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ScriptedTerminal } from '../testing/scripted-terminal.ts';
import { printable, printableJson, printFields, printJson, printTable } from './print.ts';

/** Clears a screen in seven and in eight bits, rings, goes back, turns text around, ends the line. */
const hostile = '\u001b[2J \u009b2J \u0007 \r \u202e \u2066 \u007f \n';
// oxlint-disable-next-line no-control-regex -- that is what must not be there
const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066]/;

describe('what is printed', () => {
  it('cannot steer the terminal as text', () => {
    const { stdout } = new ScriptedTerminal('.');
    printTable(stdout, ['WHAT'], [[hostile]]);
    printFields(stdout, { what: hostile });
    assert.doesNotMatch(stdout.text, steering);
    assert.equal(stdout.text.split('\n').length, 4);
    assert.doesNotMatch(printable(hostile), /\n/);
  });

  it('cannot steer the terminal as JSON, which says the same', () => {
    const { stdout } = new ScriptedTerminal('.');
    printJson(stdout, { what: hostile, list: ['ü 😀'] });
    assert.doesNotMatch(stdout.text, steering);
    assert.deepEqual(JSON.parse(stdout.text), { what: hostile, list: ['ü 😀'] });
    assert.equal(JSON.parse(printableJson(JSON.stringify(hostile))), hostile);
  });
});
