import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namePattern } from '../core/stream.ts';
import type { Feed, FieldRole } from './feed.ts';
import { feedNamed, feeds } from './feeds.ts';

const roles: readonly FieldRole[] = ['id', 'time', 'type', 'severity'];
const optionalRoles: readonly FieldRole[] = ['category', 'facility'];

function countOf(feed: Feed, wanted: FieldRole): number {
  return feed.fields.filter(({ role }) => role === wanted).length;
}

describe('the table of feeds', () => {
  it('finds a feed by its name, and lists those that exist when it cannot', () => {
    assert.equal(feedNamed('insync').title, 'inSync');
    assert.throws(() => feedNamed('inSync'), {
      code: 'not_found',
      message: 'there is no feed "inSync"; there are: insync, apptrana',
    });
  });

  for (const feed of feeds) {
    it(`has names in ${feed.name} that are unique and fit where they are written`, () => {
      assert.match(feed.name, namePattern);
      const spellings = feed.fields.flatMap(({ name, v1Name, aliases = [] }) => [
        ...new Set([name, v1Name, ...aliases]),
      ]);
      assert.equal(new Set(spellings).size, spellings.length);
      for (const { name, v1Name, syslogName } of feed.fields) {
        assert.match(name, /^\w{1,64}$/);
        for (const sdName of [v1Name, syslogName ?? 'x']) assert.match(sdName, /^\w{1,32}$/);
      }
      const strictPlaces = feed.fields.flatMap(({ cef, strictCef }) => {
        const place = strictCef ?? cef;
        return place === undefined ? [] : [place.key];
      });
      assert.equal(new Set(strictPlaces).size, strictPlaces.length);
    });

    it(`has every role in ${feed.name} exactly once, category and facility at most once`, () => {
      for (const role of roles) assert.equal(countOf(feed, role), 1, role);
      for (const role of optionalRoles) assert.ok(countOf(feed, role) <= 1, role);
    });

    it(`names in ${feed.name} only fields that there are`, () => {
      const names = new Set(feed.fields.map(({ name }) => name));
      for (const name of Object.values(feed.signature ?? {})) assert.ok(names.has(name), name);
    });

    it(`says in ${feed.name} nothing under the key of another field once more`, () => {
      const keys = feed.fields.map(({ cef, strictCef }) => (strictCef ?? cef)?.key);
      for (const { key } of feed.cefExcerpts ?? []) assert.ok(!keys.includes(key), key);
    });

    it(`names every event type of ${feed.name} in one category only`, () => {
      const types = feed.categories.flatMap(({ eventTypes }) => eventTypes.map(({ name }) => name));
      assert.equal(new Set(types).size, types.length);
    });
  }
});
