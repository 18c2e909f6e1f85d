/**
 * Goal: `tailrace check --connect` says in plain words what is wrong with a sink. Method: one run over
 * a configuration in which every sink has one thing wrong, against receivers that speak the protocols.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ElasticsearchPeer } from '../../testing/elasticsearch-peer.ts';
import { HttpPeer } from '../../testing/http-peer.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { SplunkHecPeer } from '../../testing/splunk-hec-peer.ts';
import { SyslogReceiver, unframeOctets } from '../../testing/syslog-receiver.ts';
import { freePort } from '../../testing/tailrace-process.ts';
import { runProgram } from '../program.ts';

const fixtures = fileURLToPath(new URL('../../sinks/syslog/fixtures/', import.meta.url));
const token = 'b5c7-the-right-token';
const wrongToken = 'f00d-a-token-that-nobody-may-read';
const right = { env: 'RIGHT_TOKEN' };
const wrong = { env: 'WRONG_TOKEN' };
const unknownHost = 'siem.invalid';
const ca = join(fixtures, 'authority.crt.pem');
const stranger = {
  certificate: join(fixtures, 'stranger-client.crt.pem'),
  key: { file: join(fixtures, 'stranger-client.key.pem') },
};

interface Places {
  readonly closedPort: number;
  /** Whose certificate is from an authority that is not trusted, unless it is named. */
  readonly tls: string;
  /** Which wants a certificate of the client as well. */
  readonly mutualTls: string;
  readonly syslogTls: string;
  readonly syslogMutualTls: string;
  readonly hec: string;
  readonly elastic: string;
  readonly guarded: string;
}

/** What is wrong; the sink; what has to be said. */
type Wrong = readonly [
  title: string,
  sink: (places: Places) => Readonly<Record<string, unknown>>,
  words: RegExp,
];

const notResolved = /siem\.invalid:\d+: (this host name is not known to DNS|the name could not be)/;
const notListening = /127\.0\.0\.1:\d+: nothing listens on this port; check the port/;
const notTrusted = /certificate comes from an authority that is not (known|trusted); name that/;
const clientCertificate = /(wants|refuses) (a|the) client certificate/;

function overHttp(type: string, more: object, key = 'url'): readonly Wrong[] {
  return [
    ['name', () => ({ type, [key]: `https://${unknownHost}:8088`, ...more }), notResolved],
    [
      'port',
      ({ closedPort }) => ({ type, [key]: `http://127.0.0.1:${closedPort}`, ...more }),
      notListening,
    ],
    ['authority', ({ tls }) => ({ type, [key]: tls, ...more }), notTrusted],
    [
      'client certificate',
      ({ mutualTls }) => ({ type, [key]: mutualTls, ca, ...more }),
      clientCertificate,
    ],
    [
      'protocol',
      ({ hec }) => ({ type, [key]: hec.replace('http:', 'https:'), ...more }),
      /does not speak TLS on this port/,
    ],
  ];
}

const cases: readonly Wrong[] = [
  ...overHttp('splunk-hec', { token: right }),
  ['token', ({ hec: url }) => ({ type: 'splunk-hec', url, token: wrong }), /token is not known/],
  [
    'index',
    ({ hec: url }) => ({ type: 'splunk-hec', url, token: right, index: 'nowhere' }),
    /the index does not exist, or the token may not write to it/,
  ],
  [
    'acknowledgement that is off',
    ({ hec: url }) => ({ type: 'splunk-hec', url, token: right, acknowledgement: true }),
    /acknowledgement is off for the token; set acknowledgement: false/,
  ],
  ...overHttp('elasticsearch', { apiKey: right }, 'urls'),
  [
    'key',
    ({ elastic: urls }) => ({ type: 'elasticsearch', urls, apiKey: wrong }),
    /the credential is missing or not accepted; check token, key or password/,
  ],
  [
    'index',
    ({ elastic: urls }) => ({ type: 'elasticsearch', urls, apiKey: right, index: 'nowhere' }),
    /no such index \[nowhere\]/,
  ],
  ...overHttp('http', {}),
  [
    'token',
    ({ guarded: url }) => ({ type: 'http', url, headers: { authorization: wrong } }),
    /the credential is missing or not accepted/,
  ],
  [
    'rights',
    ({ guarded: url }) => ({ type: 'http', url: `${url}/forbidden` }),
    /the credential may not do this; check its rights/,
  ],
  [
    'path',
    ({ guarded: url }) => ({ type: 'http', url: `${url}/nowhere` }),
    /there is nothing at this address; check the path/,
  ],
  ...overHttp('otlp', {}),
  [
    'token',
    ({ guarded: url }) => ({ type: 'otlp', url, headers: { authorization: wrong } }),
    /the credential is missing or not accepted/,
  ],
  ...['tcp', 'tls', 'relp', 'relp-tls'].flatMap((transport): readonly Wrong[] => [
    [
      `name over ${transport}`,
      () => ({ type: 'syslog', transport, endpoints: `${unknownHost}:6514` }),
      notResolved,
    ],
    [
      `port over ${transport}`,
      ({ closedPort }) => ({ type: 'syslog', transport, endpoints: `127.0.0.1:${closedPort}` }),
      notListening,
    ],
  ]),
  [
    'authority',
    ({ syslogTls: endpoints }) => ({ type: 'syslog', transport: 'tls', endpoints }),
    notTrusted,
  ],
  [
    'server name',
    ({ syslogTls: endpoints }) => ({
      type: 'syslog',
      transport: 'tls',
      endpoints,
      tls: { ca, serverName: 'other.example.com' },
    }),
    /certificate is for another host name; check the address or set the server name/,
  ],
  [
    'client certificate',
    ({ syslogMutualTls: endpoints }) => ({
      type: 'syslog',
      transport: 'tls',
      endpoints,
      tls: { ca, clientCertificate: stranger },
    }),
    clientCertificate,
  ],
];

/** For titles. */
const nowhere: Places = {
  closedPort: 1,
  tls: '',
  mutualTls: '',
  syslogTls: '',
  syslogMutualTls: '',
  hec: '',
  elastic: '',
  guarded: '',
};

const connectionsSchema = z.object({
  connections: z.array(z.object({ sink: z.string(), ok: z.boolean(), message: z.string() })),
});

describe('tailrace check --connect', () => {
  const peers = new AsyncDisposableStack();
  let home = '';
  let output = '';
  const messages = new Map<string, string>();

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'tailrace-check-connect-'));
    const sinks = await openPlaces(peers).then((places) =>
      cases.map(([, sink], index) => ({ name: `sink-${index}`, ...sink(places) })),
    );
    await writeFile(
      join(home, 'tailrace.yaml'),
      JSON.stringify({ dataDirectory: 'data', monitor: {}, sinks }),
    );
    const terminal = new ScriptedTerminal(home);
    Object.assign(terminal.environment, { RIGHT_TOKEN: token, WRONG_TOKEN: wrongToken });
    assert.equal(await runProgram(['check', '--connect', '--json'], terminal), 1);
    output = terminal.stdout.text + terminal.stderr.text;
    const { connections } = connectionsSchema.parse(JSON.parse(terminal.stdout.text));
    for (const { sink, ok, message } of connections) {
      assert.equal(ok, false);
      messages.set(sink, message);
    }
  });
  after(async () => {
    await peers.disposeAsync();
    await rm(home, { recursive: true });
  });

  for (const [index, [title, sink, words]] of cases.entries()) {
    const { type } = sink(nowhere);
    it(`says what is wrong with the ${title} of ${String(type)}`, () => {
      assert.match(messages.get(`sink-${index}`) ?? '', words);
    });
  }

  it('shows no secret', () => {
    assert.ok(!output.includes(token) && !output.includes(wrongToken));
  });
});

const takesAll = () => ({ status: 200, body: '{}' });

const refuses = ({ url }: { readonly url: URL }) => {
  if (url.pathname.startsWith('/nowhere')) return { status: 404 };
  return { status: url.pathname.startsWith('/forbidden') ? 403 : 401 };
};

async function openPlaces(peers: AsyncDisposableStack): Promise<Places> {
  const cert = await readFile(join(fixtures, 'server.crt.pem'));
  const key = await readFile(join(fixtures, 'server.key.pem'));
  const authority = await readFile(ca);
  const serverTls = { cert, key };
  const mutual = { ...serverTls, ca: authority, requestCert: true, rejectUnauthorized: true };
  const tls = peers.use(await HttpPeer.start(takesAll, serverTls));
  const mutualTls = peers.use(await HttpPeer.start(takesAll, mutual));
  const syslogTls = peers.use(await SyslogReceiver.start(unframeOctets, serverTls));
  const syslogMutualTls = peers.use(await SyslogReceiver.start(unframeOctets, mutual));
  const hec = peers.use(await SplunkHecPeer.start({ token, indexes: ['main'] }));
  const elastic = peers.use(
    await ElasticsearchPeer.start({ authorization: `ApiKey ${token}`, indexes: ['main'] }),
  );
  const guarded = peers.use(await HttpPeer.start(refuses));
  return {
    closedPort: await freePort(),
    tls: tls.url,
    mutualTls: mutualTls.url,
    syslogTls: syslogTls.endpoint,
    syslogMutualTls: syslogMutualTls.endpoint,
    hec: hec.peer.url,
    elastic: elastic.peer.url,
    guarded: guarded.url,
  };
}
