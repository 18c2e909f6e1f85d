/**
 * Goal: alerts and dashboard ask for what the program tells, and the alerts fire when they should.
 * Method: promtool, which comes with Prometheus, checks and tests the rules; every metric and label
 * in either file is compared with the reference, which a test of its own keeps fresh.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';

const directory = 'deploy/prometheus';
const rulesFile = `${directory}/tailrace.rules.yml`;
const testsFile = `${directory}/tailrace.rules.test.yml`;
const dashboardFile = 'deploy/grafana/tailrace.json';

const rules = z
  .object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            alert: z.string(),
            expr: z.string(),
            labels: z.object({ severity: z.enum(['page', 'ticket']) }),
            annotations: z.object({ summary: z.string(), description: z.string() }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(readFileSync(rulesFile, 'utf8')))
  .groups.flatMap((group) => group.rules);

const dashboard = z
  .object({
    uid: z.string(),
    panels: z.array(
      z.object({
        id: z.number(),
        title: z.string(),
        gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
        targets: z.array(z.object({ expr: z.string().min(1) })).default([]),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(dashboardFile, 'utf8')));

/** Every metric of the reference, with its type and labels. */
const metrics = new Map(
  [
    ...readFileSync('docs/reference/metrics.md', 'utf8').matchAll(
      /^\| `(?<name>\w+)` \| (?<type>\w+) \| (?<labels>[^|]*) \|/gm,
    ),
  ].map(({ groups: { name = '', type = '', labels = '' } = {} }) => [
    name,
    { type, labels: [...labels.matchAll(/\w+/g)].map(([label]) => label) },
  ]),
);

/** Labels that Prometheus adds, or that the alert of another exporter has. */
const labelsOfPrometheus = ['job', 'instance', 'le', 'mountpoint', 'alertname', 'severity'];

const isMissing = spawnSync('promtool', ['--version']).error !== undefined;
const skip =
  isMissing && process.env['TAILRACE_TEST_ALL'] !== '1'
    ? 'promtool of the Debian package prometheus is missing'
    : false;

describe('the Prometheus rules', { timeout: 300_000 }, () => {
  it('are in order, and fire when they should and never else', { skip }, () => {
    promtool('check', 'rules', rulesFile);
    promtool('test', 'rules', testsFile);
  });

  it('are each tested', () => {
    const tests = readFileSync(testsFile, 'utf8');
    const untested = rules.filter(({ alert }) => !tests.includes(`alertname="${alert}"`));
    assert.deepEqual(
      untested.map(({ alert }) => alert).filter((alert) => !tests.includes(`alertname: ${alert}`)),
      [],
    );
  });

  it('are each explained to who is called by one', () => {
    const manual = readFileSync('docs/OPERATIONS.md', 'utf8');
    const unexplained = rules.filter(({ alert }) => !manual.includes(`\`${alert}\``));
    assert.deepEqual(
      unexplained.map(({ alert }) => alert),
      [],
    );
  });

  it('ask for metrics and labels that there are', () => {
    assert.ok(metrics.size > 40, `only ${metrics.size} metrics were found`);
    for (const { alert, expr, annotations } of rules) {
      assertKnown(expr, alert);
      const labels = [
        ...Object.values(annotations)
          .join(' ')
          .matchAll(/\$labels\.(\w+)/g),
      ];
      for (const [, label = ''] of labels) assertLabel(label, metricsIn(expr, alert), alert);
    }
  });
});

describe('the Grafana dashboard', () => {
  const queries = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );

  it('asks for metrics and labels that there are', () => {
    assert.ok(queries.length > 30, `only ${queries.length} queries were found`);
    for (const { title, expr } of queries) assertKnown(expr, title);
  });

  it('asks what Prometheus understands', { skip }, () => {
    const recorded = queries.map(({ expr }, index) => ({
      record: `query:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const folder = mkdtempSync(join(tmpdir(), 'tailrace-dashboard-'));
    try {
      const file = join(folder, 'queries.yml');
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
      promtool('check', 'rules', '--lint=none', file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has panels that differ and do not overlap', () => {
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
  });
});

/** Every metric in `expr` is one of ours, with the labels asked for, or another exporter's. */
function assertKnown(expr: string, where: string): void {
  const asked = metricsIn(expr, where);
  const lists = [...expr.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)];
  const matchers = [...expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)];
  const labels = [
    ...lists.flatMap(([, list = '']) => list.split(',').map((label) => label.trim())),
    ...matchers.map(([, label = '']) => label),
  ];
  for (const label of labels) assertLabel(label, asked, where);
}

function assertLabel(label: string, asked: readonly string[], where: string): void {
  const known = asked.flatMap((name) => metrics.get(name)?.labels ?? []);
  const isKnown = labelsOfPrometheus.includes(label) || known.includes(label);
  assert.ok(isKnown, `${where}: ${asked.join(', ')} has no label ${label}`);
}

/** The names of our metrics in `expr`, as the reference has them. */
function metricsIn(expr: string, where: string): readonly string[] {
  const names = [...expr.matchAll(/\btailrace_\w+/g)].map(([name]) => baseName(name));
  for (const name of names) assert.ok(metrics.has(name), `${where}: there is no metric ${name}`);
  if (names.length === 0) assert.match(expr, /\b(?:up|node_\w+)\b/, `${where}: no metric`);
  return names;
}

/** A histogram is told as three metrics. */
function baseName(name: string): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  return metrics.get(base)?.type === 'histogram' ? base : name;
}

function promtool(...words: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' });
  assert.equal(status, 0, `promtool ${words.join(' ')}: ${stdout}${stderr}`);
}
