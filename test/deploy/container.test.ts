/**
 * Goal: what the container files name is there, and fits. Method: reading them, and running the health
 * check by itself. No image is built: that needs a registry.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../src/config/read-config.ts';
import { secretReferencesIn } from '../../src/config/secret-references.ts';

const directory = 'deploy/container';
const instructions = readFileSync(join(directory, 'Containerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '');

function wordsOf(instruction: string): readonly (readonly string[])[] {
  return instructions
    .filter((line) => line.startsWith(`${instruction} `))
    .map((line) => line.split(/\s+/).slice(1));
}

const compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
      volumes: z.array(z.string()).default([]),
      secrets: z.array(z.string()).default([]),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })).default({}),
});

/** The configuration, and the files that are laid over each other to start it. */
const compositions = [
  { config: 'tailrace.yaml', files: ['compose.yaml'] },
  { config: 'tailrace.postgres.yaml', files: ['compose.yaml', 'compose.postgres.yaml'] },
] as const;

describe('the Containerfile', () => {
  it('copies what there is', () => {
    const copied = wordsOf('COPY').filter(([first]) => first?.startsWith('--from=') !== true);
    const sources = copied.flatMap((words) => words.slice(0, -1));
    assert.ok(sources.length > 5);
    assert.deepEqual(
      sources.filter((source) => !existsSync(source)),
      [],
    );
  });

  it('runs on the Node that the tests run on, and as nobody special', () => {
    const manifest: { readonly devDependencies: Readonly<Record<string, string>> } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    );
    const images = wordsOf('FROM').map(([image]) => image);
    const image = `docker.io/library/node:${manifest.devDependencies['node']}-trixie-slim`;
    assert.deepEqual(images, [image, image]);
    assert.deepEqual(wordsOf('USER'), [['1000:1000']]);
  });

  it('looks after its health with nothing but Node', async () => {
    const [words = []] = wordsOf('HEALTHCHECK');
    const text = words.join(' ').split('CMD ')[1] ?? '';
    const [program, ...args] = z.array(z.string()).parse(JSON.parse(text));
    assert.equal(program, 'node');
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? 200 : 503).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const url = `http://127.0.0.1:${address.port}`;
    assert.equal(await exitCode(args, `${url}/healthz`), 0);
    assert.equal(await exitCode(args, `${url}/other`), 1);
    server.close();
    await once(server, 'close');
    assert.equal(await exitCode(args, `${url}/healthz`), 1);
  });
});

async function exitCode(args: readonly string[], url: string): Promise<number | null> {
  const environment = { ...process.env, TAILRACE_HEALTH_URL: url };
  const child = spawn(process.execPath, args, { env: environment, stdio: 'inherit' });
  await once(child, 'close');
  return child.exitCode;
}

for (const { config: configFile, files } of compositions) {
  describe(`the composition of ${files.join(' and ')}`, () => {
    const parts = files.map((file) =>
      compose.parse(parse(readFileSync(join(directory, file), 'utf8'))),
    );
    const services = parts.flatMap((part) => Object.entries(part.services));
    const secrets = Object.assign({}, ...parts.map((part) => part.secrets));
    const volumes = Object.assign({}, ...parts.map((part) => part.volumes));

    it('gives the service its configuration, which is in order, and every secret in it', () => {
      const text = readFileSync(join(directory, configFile), 'utf8');
      const { config, warnings } = parseConfig(text, '/etc/tailrace/tailrace.yaml');
      assert.deepEqual(warnings, []);
      const ours = services.filter(([name]) => name === 'tailrace').map(([, service]) => service);
      const mounts = ours.flatMap((service) => service.volumes);
      assert.ok(mounts.includes(`./${configFile}:/etc/tailrace/tailrace.yaml:ro`));
      const { certificateFile, keyFile } = config.serve?.tls ?? {};
      const named = secretReferencesIn(config).map(({ reference }) =>
        'file' in reference ? reference.file : undefined,
      );
      const given = ours.flatMap((service) =>
        service.secrets.map((name) => `/run/secrets/${name}`),
      );
      assert.deepEqual(new Set([...named, certificateFile, keyFile]), new Set(given));
    });

    it('names nothing that is not there', () => {
      for (const [, { build, volumes: mounted, secrets: given }] of services) {
        const root = join(directory, build?.context ?? '.');
        assert.ok(existsSync(join(root, build?.dockerfile ?? '.')));
        for (const mount of mounted) {
          const [source = ''] = mount.split(':');
          const isThere = source.startsWith('.')
            ? existsSync(join(directory, source))
            : source in volumes;
          assert.ok(isThere, mount);
        }
        for (const name of given) assert.ok(name in secrets, name);
      }
    });
  });
}
