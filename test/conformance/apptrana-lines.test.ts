import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../src/core/json.ts';
import { attributesFromCef } from '../../src/encode/cef/attributes-from-cef.ts';
import { decodeCef } from '../../src/encode/cef/decode-cef.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import { appTrana } from '../../src/feeds/apptrana.ts';

const base = { hostname: 'siem.example.com', facility: 16 } as const;
const cef = { ...base, format: 'cef', profile: 'strict' } as const;
const syslog = { ...base, format: 'syslog', profile: 'strict' } as const;
const json = { ...base, format: 'json', profile: 'vendor' } as const;
const encodeCef = compileEncoder(appTrana, cef);
const encodeHardened = compileEncoder(appTrana, { ...cef, hardened: true });

describe('the document’s attack', () => {
  const sample = appTrana.readEvent({
    attackerIP: '52.66.186.232',
    attackerGeo: 'IN',
    severity: 2,
    eventType: 'Log',
    attackTime: '2019-01-11T05:54:02.091Z',
    attackUri: '/rm/email/send?a=1|2',
    target: null,
    attackData: 'curl/7.29.0',
    ipReputation: 'UNK',
    category: 'Bot Attacks',
    ruleId: '40',
    requestId: 'XDgvJ11cQNtD@oi4vIg3fwAACDg',
    ruleName: 'Request Indicates an automated program | explored',
    tagName: 'WEB_ATTACK/AUTOMATION/SECURITY_SCANNER',
    hostName: ' www.abc.com ',
    statusCode: 200,
    requestHeader:
      '"Host":" www.abc.com " , "User-Agent":"curl/7.29.0","Referer":"/x","Cookie":"sid=1"',
    responseHeader: '"Cache-Control":"-"',
    tlsVersion: 'TLSv1.2',
    requestProtocol: 'HTTP/1.1',
    websiteName: 'www.abc.com',
  }).event;
  const extension =
    'src=52.66.186.232 flexString1Label=attackerGeo flexString1=IN cn2Label=severity cn2=2 act=Log rt=1547186042091 request=/rm/email/send?a\\=1|2 msg=curl/7.29.0 cs4Label=ipReputation cs4=UNK cat=Bot Attacks flexString2Label=requestId flexString2=XDgvJ11cQNtD@oi4vIg3fwAACDg cs1Label=tagName cs1=WEB_ATTACK/AUTOMATION/SECURITY_SCANNER dhost=www.abc.com cn1Label=statusCode cn1=200 cs2Label=requestHeader cs2="Host":" www.abc.com " , "User-Agent":"curl/7.29.0","Referer":"/x","Cookie":"sid\\=***" cs6Label=responseHeader cs6="Cache-Control":"-" cs5Label=tlsVersion cs5=TLSv1.2 app=HTTP/1.1 destinationServiceName=www.abc.com externalId=XDgvJ11cQNtD@oi4vIg3fwAACDg-6fc917edc750 start=1547186042091 requestClientApplication=curl/7.29.0 requestContext=/x requestCookies=sid\\=***';

  it('is the same CEF in both profiles, as the vendor documents none', () => {
    const line = `CEF:0|Indusface|AppTrana|1|40|Request Indicates an automated program \\| explored|9|${extension}`;
    assert.equal(encodeCef(sample), line);
    assert.equal(compileEncoder(appTrana, { ...cef, profile: 'vendor' })(sample), line);
  });

  it('has neither a pipe in its header nor an equals sign in its values when hardened', () => {
    assert.equal(
      encodeHardened(sample),
      `CEF:0|Indusface|AppTrana|1|40|Request Indicates an automated program %7C explored|9|${extension.replaceAll('\\=', '%3D')}`,
    );
  });

  it('is RFC 5424 in both profiles, with the rule’s name as its message', () => {
    const line = compileEncoder(appTrana, syslog)(sample);
    assert.equal(compileEncoder(appTrana, { ...syslog, profile: 'vendor' })(sample), line);
    assert.match(
      line,
      /^<130>1 2019-01-11T05:54:02\.091Z siem\.example\.com Indusface-AppTrana XDgvJ11cQNtD@oi4vIg3fwAACDg-6fc917edc750 bot-attacks \[AppTrana@32473 attackerIP="52\.66\.186\.232" attackerGeo="IN" eventType="Log" .* websiteName="www\.abc\.com"\] Request Indicates an automated program \| explored$/,
    );
    assert.ok(line.includes('\\"Cookie\\":\\"sid=***\\"'));
  });

  it('keeps the document’s order and every value in JSON, the website behind', () => {
    const names = ['attackerIP', ...Object.keys(sample.fields).slice(1)];
    for (const options of [json, { ...json, jsonNames: 'v1' } as const]) {
      const attributes: JsonObject = JSON.parse(compileEncoder(appTrana, options)(sample));
      assert.deepEqual(Object.keys(attributes), names);
      assert.deepEqual(attributes, sample.fields);
    }
    const strict = compileEncoder(appTrana, { ...json, profile: 'strict' })(sample);
    assert.ok(strict.endsWith(`,"websiteName":"www.abc.com","id":"${sample.id}"}`));
  });

  it('has its address where its type fits', () => {
    for (const [attackerIP, expected] of [
      ['2001:db8::1', / c6a2Label=Source IPv6 Address c6a2=2001:db8::1 /],
      ['fe80::1%eth0', /\|9\|shost=fe80::1%eth0 /],
      ['unknown', /\|9\|shost=unknown /],
    ] as const) {
      const line = encodeCef({ ...sample, fields: { ...sample.fields, attackerIP } });
      assert.match(line.replace('|9|c6a2', '|9| c6a2'), expected);
    }
  });

  it('is named after its category where it has no rule', () => {
    const fields = { ...sample.fields, ruleId: null, ruleName: null };
    const line = encodeCef({ ...sample, fields });
    assert.ok(line.startsWith('CEF:0|Indusface|AppTrana|1|bot-attacks|Bot Attacks|9|'));
    const attributes = attributesFromCef(appTrana, decodeCef(line));
    assert.equal(attributes['category'], 'Bot Attacks');
    assert.ok(!('ruleId' in attributes) && !('ruleName' in attributes));
  });

  it('may be written by another program, with CEF’s severity alone', () => {
    const line = `CEF:0|Indusface|AppTrana|1|40|A rule|9|rt=1547186042091 cat=Bot Attacks requestId=x`;
    assert.deepEqual(attributesFromCef(appTrana, decodeCef(line)), {
      severity: 2,
      ruleName: 'A rule',
      ruleId: '40',
      attackTime: '2019-01-11T05:54:02.091Z',
      category: 'Bot Attacks',
      requestId: 'x',
    });
  });

  it('says as a gap record what is missing, in every format', () => {
    const gap = appTrana.gapEvent(
      {
        fromMs: 1_544_000_000_000,
        untilMs: 1_547_000_000_000,
        count: 12,
        reason: 'the outage was longer than 30 days',
      },
      1_547_186_042_091,
    );
    const sentence = '12 events from 2018-12-05T08:53:20Z until 2019-01-09T02:13:20Z are missing';
    for (const options of [cef, syslog, json]) {
      assert.ok(compileEncoder(appTrana, options)(gap).includes(sentence));
    }
    const line = encodeCef(gap);
    assert.match(line, /^CEF:0\|Indusface\|AppTrana\|1\|event-gap\|Event Gap\|7\|/);
    assert.match(
      line,
      / deviceCustomDate1Label=gapFrom deviceCustomDate1=1544000000000 deviceCustomDate2Label=gapUntil deviceCustomDate2=1547000000000 cnt=12 start=1547186042091$/,
    );
    const back = appTrana.readEvent(attributesFromCef(appTrana, decodeCef(line))).event;
    assert.deepEqual([back.id, back.type, back.severity], [gap.id, gap.type, gap.severity]);
  });
});
