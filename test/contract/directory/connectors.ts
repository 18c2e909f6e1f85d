import assert from 'node:assert/strict';
import { accessToken, apiIdOf, approved, keyOf, principalOf, splunk } from './connector-ground.ts';
import { actor, dayMs, globex, groundWithPeople, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const connectorContract: DirectoryContract = {
  'gives a requested connector neither API ID nor key until it is approved': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const requested = await directory.requestConnector('acme', splunk, actor);
    assert.deepEqual(requested, {
      ...splunk,
      tenant: 'acme',
      state: 'requested',
      allowedNetworks: [],
      requestedAtMs: clock.nowMs(),
      approval: undefined,
    });
    assert.deepEqual(await directory.connectors('acme'), [requested]);
    assert.deepEqual(await directory.connector('acme', 'soc SPLUNK'), { ...requested, keys: [] });
    await refuses(directory.rotateConnectorKey('acme', splunk.name, 0, actor), 'not_found');
    await refuses(directory.setConnectorEnabled('acme', splunk.name, true, actor), 'not_found');

    clock.advance(5000);
    const { keys, ...connector } = await directory.approveConnector('acme', splunk.name, {}, actor);
    const approvedAtMs = clock.nowMs();
    const { apiId } = connector.approval ?? { apiId: '' };
    assert.match(apiId, /^APIKEY[A-Za-z0-9]{9}$/);
    assert.match(keys[0]?.value.reveal() ?? '', /^[A-Za-z0-9]{32}$/);
    assert.deepEqual(connector, {
      ...requested,
      state: 'enabled',
      approval: { apiId, approvedAtMs, siemEnabledAtMs: approvedAtMs },
    });
    assert.deepEqual(await directory.connectors('acme'), [connector]);
    const again = directory.approveConnector('acme', splunk.name, {}, actor);
    await refuses(again, 'already_exists', 'connector "SOC Splunk" is approved already');
  },

  'shows the key again, the same one, over a rotation of the master key too': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    const connector = await approved(directory);
    const token = await accessToken(directory, await principalOf(directory, connector));
    await directory.rotateMasterKey(actor);
    await using other = await place.open(clock);
    for (const each of [directory, other]) {
      assert.equal(keyOf(await each.connector('acme', splunk.name)), keyOf(connector));
      assert.equal(await accessToken(each, await principalOf(each, connector)), token);
    }
  },

  'serves a second connector from as far back as the first, unless the operator says otherwise':
    async (implementation) => {
      await using ground = await groundWithPeople(implementation);
      const { directory, clock } = ground;
      await directory.createTenant(globex, actor);
      const first = await approved(directory);
      clock.advance(dayMs);
      const second = await approved(directory, 'acme', 'second');
      const other = await approved(directory, 'globex');
      assert.equal(second.approval?.siemEnabledAtMs, first.approval?.siemEnabledAtMs);
      assert.equal(other.approval?.siemEnabledAtMs, clock.nowMs());
      const approve = async (name: string, siemEnabledAtMs: number) => {
        await directory.requestConnector('acme', { ...splunk, name }, actor);
        return directory.approveConnector('acme', name, { siemEnabledAtMs }, actor);
      };
      const earlier = clock.nowMs() - 20 * dayMs;
      assert.equal((await approve('earlier', earlier)).approval?.siemEnabledAtMs, earlier);
      for (const wrong of [clock.nowMs() + 1, -1, Number.NaN]) {
        await refuses(approve(`wrong ${wrong}`, wrong), 'input_invalid');
      }
    },

  'takes redirect URLs that no code can leak from': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const good: readonly (readonly [given: string, kept: string])[] = [
      ['https://siem.example.com', 'https://siem.example.com/'],
      ['HTTPS://SIEM.example.com/a b?x=ä', 'https://siem.example.com/a%20b?x=%C3%A4'],
      ['http://127.0.0.1:8080/back', 'http://127.0.0.1:8080/back'],
      ['http://[::1]/back', 'http://[::1]/back'],
      ['http://localhost/back', 'http://localhost/back'],
    ];
    for (const [index, [given, kept]] of good.entries()) {
      const wanted = { name: `good ${index}`, redirectUrl: given };
      assert.equal((await directory.requestConnector('acme', wanted, actor)).redirectUrl, kept);
    }
    const bad = [
      '',
      'siem.example.com',
      'http://siem.example.com/',
      'http://127.0.0.1.example.com/',
      'http://localhost.example.com/',
      'ftp://siem.example.com/',
      'javascript:alert(1)',
      'https://siem.example.com/#',
      'https://siem.example.com/#part',
      'https://user@siem.example.com/',
      'https://siem.example.com/?code=1',
      `https://siem.example.com/${'x'.repeat(2000)}`,
      `https://siem.example.com/${'ä'.repeat(1000)}`,
    ];
    for (const redirectUrl of bad) {
      const refused = directory.requestConnector('acme', { name: 'bad', redirectUrl }, actor);
      await refuses(refused, 'input_invalid');
    }
    const redirectUrl = 'https://user:hunter2@siem.example.com/';
    await assert.rejects(
      directory.requestConnector('acme', { name: 'bad', redirectUrl }, actor),
      (error: Error) =>
        /must not hold a user name/.test(error.message) && !/hunter2/.test(`${error}`),
    );
  },

  'takes addresses and networks of both versions': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.requestConnector('acme', splunk, actor);
    const allow = (...allowedNetworks: string[]) =>
      directory.changeConnector('acme', splunk.name, { allowedNetworks }, actor);
    const kept = await allow('192.0.2.7', ' 198.51.100.0/24', '2001:db8::/32', '::ffff:192.0.2.7');
    assert.deepEqual(kept.allowedNetworks, ['192.0.2.7', '198.51.100.0/24', '2001:db8::/32']);
    for (const wrong of [
      '',
      '192.0.2',
      '192.0.2.0/33',
      '2001:db8::/129',
      'fe80::1%eth0',
      'a.b/8',
    ]) {
      await refuses(allow(wrong), 'input_invalid');
    }
    await refuses(allow(...Array.from({ length: 101 }, (_, i) => `10.0.0.${i}`)), 'input_invalid');
    const redirectUrl = 'https://other.example.com/';
    const changed = await directory.changeConnector('acme', splunk.name, { redirectUrl }, actor);
    assert.deepEqual(changed, { ...kept, redirectUrl });
    assert.deepEqual((await allow()).allowedNetworks, []);
  },

  'lets a tenant have each name once and 100 connectors': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    const request = (name: string, tenant = 'acme') =>
      directory.requestConnector(tenant, { ...splunk, name }, actor);
    await request('Splunk');
    await refuses(request('SPLUNK'), 'already_exists');
    await request('Splunk', 'globex');
    for (const wrong of ['', ' x', 'a\nb', 'x'.repeat(201)]) {
      await refuses(request(wrong), 'input_invalid');
    }
    for (let number = 1; number < 100; number += 1) await request(`connector ${number}`);
    await refuses(
      request('one more'),
      'input_invalid',
      'tenant acme may have at most 100 connectors, has 100',
    );
    await refuses(request('x', 'nobody'), 'not_found', 'there is no tenant "nobody"');
    await refuses(directory.connectors('nobody'), 'not_found', 'there is no tenant "nobody"');
  },

  'writes every act of a connector into the audit trail': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const connector = await approved(directory);
    await directory.changeConnector('acme', splunk.name, { allowedNetworks: ['::1'] }, actor);
    await accessToken(directory, await principalOf(directory, connector));
    await directory.rotateConnectorKey('acme', splunk.name, 1000, actor);
    await directory.setConnectorEnabled('acme', splunk.name, false, actor);
    await directory.setConnectorEnabled('acme', splunk.name, true, actor);
    await directory.deleteConnector('acme', splunk.name, actor);
    const trail = (await directory.auditTrail('acme', 8)).toReversed();
    const apiId = apiIdOf(connector);
    assert.deepEqual(
      trail.map(({ action, actor: by }) => [action, by.name]),
      [
        ['requested a connector', actor.name],
        ['approved a connector', actor.name],
        ['changed a connector', actor.name],
        ['issued an access token', apiId],
        ["rotated a connector's key", actor.name],
        ['disabled a connector', actor.name],
        ['enabled a connector', actor.name],
        ['deleted a connector', actor.name],
      ],
    );
    assert.equal(trail[2]?.detail, 'SOC Splunk: allowed_networks [] → ["::1"]');
    assert.ok(trail.slice(3).every(({ detail }) => detail.includes(apiId)));
  },
};
