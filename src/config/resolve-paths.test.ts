import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from './read-config.ts';

describe('a path in a configuration', () => {
  it('counts from where the file is, wherever it stands', () => {
    const { config } = parseConfig(
      `
dataDirectory: data
masterKey: { file: keys/master }
store: { url: { file: keys/store } }
serve:
  tls: { certificateFile: tls/a.pem, keyFile: ../a.key }
  console: { oidc: { issuer: 'https://id.example.com', clientId: a, clientSecret: { file: oidc } } }
sources:
  - name: druva
    type: druva
    api: v1
    stream: acme/insync
    username: ada@example.com
    token: { file: token }
    ca: ca.pem
    clientCertificate: { certificate: client.pem, key: { file: client.key } }
    proxy: { url: 'http://proxy.example.com', username: ada, password: { file: proxy } }
sinks:
  - name: files
    type: file
    directory: out
    stagingDirectory: /var/staging
    manifest: ./manifests/m.jsonl
    redactionKey: { file: redaction }
  - { name: web, type: http, url: 'https://siem.example.com', headers: { authorization: { file: header } } }
  - { name: log, type: syslog, transport: tls, endpoints: 'siem.example.com:6514', tls: { ca: ca.pem } }
`,
      '/etc/tailrace/tailrace.yaml',
    );
    const found = [...JSON.stringify(config).matchAll(/"(\w+)":"((?:\/|\.)[^"]*)"/g)];
    assert.deepEqual(
      found.map(([, key, path]) => `${key} ${path}`).toSorted(),
      [
        'file /etc/tailrace/header',
        'ca /etc/tailrace/ca.pem',
        'ca /etc/tailrace/ca.pem',
        'certificate /etc/tailrace/client.pem',
        'certificateFile /etc/tailrace/tls/a.pem',
        'dataDirectory /etc/tailrace/data',
        'directory /etc/tailrace/out',
        'file /etc/tailrace/client.key',
        'file /etc/tailrace/keys/master',
        'file /etc/tailrace/keys/store',
        'file /etc/tailrace/oidc',
        'file /etc/tailrace/proxy',
        'file /etc/tailrace/redaction',
        'file /etc/tailrace/token',
        'keyFile /etc/a.key',
        'manifest /etc/tailrace/manifests/m.jsonl',
        'stagingDirectory /var/staging',
      ].toSorted(),
    );
  });

  it('is told by what the key means and not by its name', () => {
    const claims = { directory: 'corp', file: 'a', manifest: 'b', ca: 'c', homeDirectory: 'd' };
    const { config } = parseConfig(
      JSON.stringify({
        serve: {
          console: {
            oidc: {
              issuer: 'https://id.example.com',
              clientId: 'a',
              clientSecret: { env: 'A' },
              requireClaims: claims,
            },
          },
        },
        sinks: [
          {
            name: 'web',
            type: 'http',
            url: 'https://siem.example.com',
            headers: { directory: 'x' },
          },
        ],
      }),
      '/etc/tailrace/tailrace.yaml',
    );
    assert.deepEqual(config.serve?.console.oidc?.requireClaims, claims);
    const [web] = config.sinks;
    assert.deepEqual(web?.type === 'http' && web.options.headers, { directory: 'x' });
  });
});
