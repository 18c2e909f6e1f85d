/**
 * Goal: the simulation can fail. Method: `npm run sabotage` builds each defect of the table into a
 * copy of the program; here all must fit the program as it is, and two must be noticed.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstNoticed } from './first-noticed.ts';
import { assertFits } from './sabotaged-copy.ts';
import { sabotages } from './sabotages.ts';

const seedsMax = 25;

describe('sabotages', () => {
  it('fit the program as it is', async () => {
    for (const { edits } of sabotages) await assertFits(edits);
  });

  for (const words of ['repeated events are not compared', 'refused events do not go']) {
    it(`are noticed: ${words}`, async () => {
      const sabotage = sabotages.find(({ what }) => what.includes(words));
      assert.ok(sabotage);
      const seed = await firstNoticed(sabotage, seedsMax);
      assert.ok(seed !== undefined, `not noticed in ${seedsMax} seeds`);
    });
  }

  it('leave no trace where nothing is edited', async () => {
    assert.equal(await firstNoticed({ what: 'nothing', edits: [] }, 8), undefined);
  });
});
