import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openTestService } from '../testing/export-service.ts';

it('/openapi.json describes every endpoint but the console’s, and nothing else', async () => {
  const service = await openTestService({ console: { enabled: false } });
  await using _ = service;
  const document: {
    openapi: string;
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
  } = JSON.parse(await (await service.app.request('/openapi.json')).text());
  assert.equal(document.openapi, '3.1.0');
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = service.app.routes
    .filter(({ method, path }) => method !== 'ALL' && path !== '/openapi.json')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  assert.deepEqual(described.toSorted(), [...new Set(served)].toSorted());
  const v1 = document.paths['/api/events/v1']?.['get'];
  assert.deepEqual(Object.keys(v1?.responses ?? {}), [
    '200',
    '400',
    '401',
    '403',
    '429',
    '500',
    '503',
  ]);
});
