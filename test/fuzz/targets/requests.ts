import { connectorToken, createConnector } from '../../../src/testing/test-connector.ts';
import {
  openTestService,
  sampleBatch,
  type TestService,
} from '../../../src/testing/export-service.ts';
import { type FuzzTarget, texts } from '../fuzz-target.ts';

/** Requests as text: method and path, headers, an empty line, the body. `@x@` stands for a credential. */
const seeds = [
  'GET /api/events/v1?format=CEF&limit=10\nauthorization: @basic@\ncookie: progress=@cursor@; a=b\n',
  'GET /insync/eventmanagement/v2/events?format=Syslog&tracker=@cursor@&ignoreTrackerExpiry=true\nauthorization: @access@\n',
  'POST /token\ncontent-type: application/x-www-form-urlencoded\n\ngrant_type=client_credentials&client_id=a&client_secret=b',
  'GET /streams/v1/insync?after=3&limit=2&format=cef&profile=strict&wait=0ms\nauthorization: @basic@\naccept-encoding: gzip\n',
  'POST /ingest/v1/acme/insync\nauthorization: @ingest@\nidempotency-key: k\ncontent-type: application/x-ndjson\n\n@event@',
  'GET /wafportal/rest/siem/v1/authorize?client_id=@apiId@\n',
  'POST /wafportal/rest/siem/v1/getAuthToken\nauthorization: Basic YTpi\n\ngrant_type=client_credentials&code=x',
  'POST /wafportal/rest/siem/v1/getAttackInfo\nauthorization: @connector@\ncontent-type: application/json\n\n{"startTime":"1795132800000","endTime":1795132860000,"eventType":"Log","websiteName":"a"}',
  'GET /console/api/tenants/acme/events/insync?fromMs=0&minimumSeverity=1&text=event%20number&limit=3&before=9\ncookie: @session@\n',
  'GET /console/api/tenants/acme/events/insync/2\ncookie: @session@\n',
  'GET /console/api/tenants/acme/activity?kind=pulls&actor=a&limit=3\ncookie: @session@\n',
  'PATCH /console/api/tenants/acme/export-settings\ncookie: @session@\nsec-fetch-site: same-origin\ncontent-type: application/json\n\n{"enabled":true,"categories":"all","facility":23}',
  'POST /console/api/tenants/acme/connectors\ncookie: @session@\nsec-fetch-site: same-origin\ncontent-type: application/json\n\n{"name":"n","redirectUrl":"https://siem.example.com/","allowedNetworks":["192.0.2.0/24"]}',
  'POST /console/api/sign-in\nsec-fetch-site: same-origin\ncontent-type: application/json\n\n{"email":"a@example.com","code":"1"}',
  'GET /console/api/oidc/start?returnTo=/t/acme\n',
  'GET /console/assets/index-abc.js\n',
  'GET /openapi.json\n',
];

const much = { requestsPerSecond: 1e9, burst: 1_000_000_000 };
const options = { rateLimits: { perCredential: much, perAddress: much } };

interface Opened {
  readonly service: TestService;
  readonly credentials: ReadonlyMap<string, string>;
}

let opened: Promise<Opened> | undefined;

async function open(): Promise<Opened> {
  const service = await openTestService(options);
  const tenant = await service.createTenant('acme');
  const { directory, clock } = service;
  const connector = await createConnector(directory, 'acme', clock.nowMs());
  const body = sampleBatch(5);
  const headers = { authorization: tenant.ingest };
  await service.app.request('/ingest/v1/acme/insync', { method: 'POST', headers, body });
  const client = await directory.authenticateApiClient(tenant.clientId, tenant.clientSecret);
  if (client === undefined) throw new Error('the client is not known');
  const access = (await directory.issueAccessToken(client, 86_400_000)).reveal();
  const session = await directory.startSession({
    email: tenant.email,
    method: 'password',
    address: '127.0.0.1',
    userAgent: 'fuzz',
  });
  const first = await service.app.request('/api/events/v1?limit=1', {
    headers: { authorization: tenant.basic },
  });
  const cursor = /progress=([^;]+)/.exec(first.headers.get('set-cookie') ?? '')?.[1] ?? '';
  const credentials = new Map([
    ['basic', tenant.basic],
    ['ingest', tenant.ingest],
    ['access', `Bearer ${access}`],
    ['connector', `Bearer ${await connectorToken(directory, connector)}`],
    ['apiId', connector.apiId],
    ['session', `__Host-tailrace-session=${session.value.reveal()}`],
    ['cursor', cursor],
    ['event', sampleBatch(1)],
  ]);
  return { service, credentials };
}

/** Whatever is asked, the answer is one that was meant: never 500. */
export const requestTarget: FuzzTarget = {
  name: 'requests',
  seeds: texts(...seeds),
  tokens: [
    '@basic@',
    '?',
    '&',
    '=',
    '%2e%2e%2f',
    '//',
    '\n\n',
    '; progress=',
    '@session@',
    '@cursor@',
  ],
  read: async (input) => {
    opened ??= open();
    const { service, credentials } = await opened;
    const request = requestOf(input.toString(), credentials);
    if (request === undefined) return undefined;
    const response = await service.app.request(request);
    const body = await response.text();
    if (response.status === 500) throw new Error(`answered 500\n${service.logLines.at(-1)}`);
    // What a request stores or takes away changes what the next one finds.
    return /^(?:GET|HEAD)$/.test(request.method) && response.status < 400 ? body.length > 0 : true;
  },
  close: async () => {
    await (await opened)?.service[Symbol.asyncDispose]();
    opened = undefined;
  },
};

/** Undefined for what no client can send. */
function requestOf(text: string, credentials: ReadonlyMap<string, string>): Request | undefined {
  const filled = text.replaceAll(
    /@(\w+)@/g,
    (whole, name: string) => credentials.get(name) ?? whole,
  );
  const emptyLine = filled.indexOf('\n\n');
  const head = emptyLine === -1 ? filled : filled.slice(0, emptyLine);
  const body = emptyLine === -1 ? undefined : filled.slice(emptyLine + 2);
  const [start = '', ...lines] = head.split('\n');
  const [method = '', ...path] = start.split(' ');
  const headers = lines
    .filter((line) => line !== '')
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
  try {
    const url = new URL(path.join(' '), 'http://127.0.0.1');
    if (url.host !== '127.0.0.1') return undefined;
    const hasBody = body !== undefined && !/^(?:GET|HEAD)$/.test(method);
    return new Request(url, { method, headers, ...(hasBody ? { body } : {}) });
  } catch {
    return undefined;
  }
}
