import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeChange } from '../../console/src/screens/settings/event-export/describe-change.ts';

const all = ['API', 'Backup', 'WebDAV'];
const saved = { enabled: true, categories: 'all', facility: 23 } as const;

describe('describeChange', () => {
  it('says nothing when nothing changes, however it is written', () => {
    assert.deepEqual(describeChange(saved, saved, all), []);
    assert.deepEqual(describeChange(saved, { ...saved, categories: all }, all), []);
  });

  it('says what is not recorded any more, and that it cannot be had later', () => {
    const [sentence = ''] = describeChange(saved, { ...saved, categories: ['API'] }, all);
    assert.match(sentence, /“Backup” and “WebDAV” that come in after you save are not recorded/);
    assert.match(sentence, /cannot be had later/);
  });

  it('says that what was not recorded does not come back', () => {
    const some = { ...saved, categories: ['API'] };
    const sentences = describeChange(some, saved, all);
    assert.match(sentences[0] ?? '', /came in before were not recorded/);
    assert.match(sentences[1] ?? '', /added to the product later/);
  });

  it('says what a pull gets while the export is off', () => {
    const [sentence = ''] = describeChange(saved, { ...saved, enabled: false }, all);
    assert.match(sentence, /gets no events/);
    assert.match(sentence, /go on being recorded/);
  });

  it('names both facilities', () => {
    const [sentence = ''] = describeChange(saved, { ...saved, facility: 1 }, all);
    assert.match(sentence, /1 · user instead of 23 · local7/);
  });
});
