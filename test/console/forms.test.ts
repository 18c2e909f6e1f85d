/** Small rules of the console's forms. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { endpointUrl } from '../../console/src/api/endpoint.ts';
import { passwordStrength } from '../../console/src/forms/new-password/password-strength.ts';
import { dateAfter, daysUntil } from '../../console/src/screens/settings/api/token-days.ts';
import { returnPath, signInPath } from '../../console/src/session/sign-in-path.ts';

describe('the hint for a new password', () => {
  for (const [password, score] of [
    ['short', 0],
    ['eleven char', 0],
    ['aaaaaaaaaaaaaa', 1],
    ['password12345', 1],
    ['ada.lovelace-1843', 1],
    ['ravine copper lantern tides', 3],
  ] as const) {
    it(`is ${score} for ${password}`, () => {
      assert.equal(passwordStrength(password, 'ada.lovelace@example.com').score, score);
    });
  }
});

describe('the expiry date of a token', () => {
  it('is as many days away as were asked for, at any time of any day', () => {
    const times = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 0, 1) });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 365 }), (nowMs, days) => {
        assert.equal(daysUntil(nowMs, dateAfter(nowMs, days)), days);
      }),
    );
  });

  it('is none when the text is none', () => {
    assert.equal(daysUntil(0, 'tomorrow'), undefined);
  });
});

describe('the way back after signing in', () => {
  it('leads to the screen one came from', () => {
    const path = signInPath({ pathname: '/settings/siem', search: '?a=1&b=2' });
    assert.equal(
      returnPath(new URL(path, 'https://export.example.com').searchParams),
      '/settings/siem?a=1&b=2',
    );
  });

  for (const [returnTo, path] of [
    ['%2Fevents%3Ftext%3D%2F%2Fa', '/events?text=//a'],
    ['%2F%09%2Fsiem.example.com', '/'],
    ['%2F%0A%2Fsiem.example.com', '/'],
    ['%2F%0D%0A%2Fsiem.example.com', '/'],
    ['%09%2F%2Fsiem.example.com', '/'],
    ['%2F%5Csiem.example.com', '/'],
    ['%2F%5C%2Fsiem.example.com', '/'],
    ['%5C%5Csiem.example.com', '/'],
    ['%2F%2Fsiem.example.com', '/'],
    ['%2F.%2F%2Fsiem.example.com', '/'],
    ['%2Fevents%2F..%2F%2Fsiem.example.com', '/'],
    ['%2F%252e%2F%2Fsiem.example.com', '/'],
    ['%2F%2509%2Fsiem.example.com', '/%09/siem.example.com'],
    ['%2F%252F%2Fsiem.example.com', '/%2F/siem.example.com'],
    ['https%3A%2F%2Fsiem.example.com', '/'],
    ['javascript%3Aalert(1)', '/'],
    ['siem.example.com', '/'],
    ['%2Fsign-in%3FreturnTo%3D%2F', '/'],
    ['', '/'],
  ] as const) {
    it(`leads to ${path} for returnTo=${returnTo}`, () => {
      assert.equal(returnPath(new URLSearchParams(`returnTo=${returnTo}`)), path);
    });
  }

  it('never leads to another site, whatever the address says', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '/', '//', '/\\', 'https:'), fc.webUrl(), (start, rest) => {
        const returnTo = start + rest.replace(/^https?:/, '');
        const wanted = returnPath(new URLSearchParams({ returnTo }));
        const origin = 'https://export.example.com';
        assert.equal(new URL(wanted, origin).origin, origin);
      }),
    );
  });
});

describe('the address of an endpoint', () => {
  it('has each part encoded, so that no name leads elsewhere', () => {
    const path = { tenant: 'acme', name: '../../people?x=#' };
    assert.equal(
      endpointUrl('GET /tenants/:tenant/connectors/:name/key', { path }),
      '/console/api/tenants/acme/connectors/..%2F..%2Fpeople%3Fx%3D%23/key',
    );
  });
});
