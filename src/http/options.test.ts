import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serveOptions } from './options.ts';

describe('serve options', () => {
  it('have a default for everything', () => {
    const options = serveOptions.parse({});
    assert.equal(options.listen, '127.0.0.1:8480');
    assert.equal(options.tls, undefined);
    assert.equal(options.eventsApi.hostname, 'cloud.druva.com');
    assert.equal(options.eventsApi.pageEvents, 500);
    assert.equal(options.eventsApi.cursorLife, 48 * 3_600_000);
    assert.equal(options.limits.body, 16 * 1024 ** 2);
    assert.equal(options.rateLimits.retryAfter, 60_000);
  });

  it('take proxies as addresses and networks', () => {
    const trustProxy = ['192.0.2.1', '198.51.100.0/24', '2001:db8::/32', '::1'];
    assert.deepEqual(serveOptions.parse({ trustProxy }).trustProxy, trustProxy);
    for (const wrong of ['proxy.example.com', '192.0.2.0/33', '192.0.2.1/', '::1/129', '1.2.3']) {
      assert.equal(serveOptions.safeParse({ trustProxy: [wrong] }).success, false, wrong);
    }
  });

  it('refuse what is not there, at every level', () => {
    const wrong = [
      { lisen: '127.0.0.1:1' },
      { eventsApi: { pageEvent: 1 } },
      { limits: { bodies: '1MiB' } },
      { tls: { certificateFile: 'a.pem' } },
      { listen: '8480' },
      { eventsApi: { pageEvents: 0 } },
      { eventsApi: { hostname: 'two words' } },
    ];
    for (const options of wrong) {
      assert.equal(serveOptions.safeParse(options).success, false, JSON.stringify(options));
    }
  });
});
