/** The figures of a cluster as tables. */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { markdownTable } from '../scaling/markdown-table.ts';
import type { Costs } from '../scaling/model.ts';
import { fittedCosts, ratiosToModel, type ClusterFigures, type Stretch } from './bench-cluster.ts';

export function describeCluster(figures: ClusterFigures, takenAt: Date): string {
  const { limits, idle, stretches, collection, jsonBytesPerEvent } = figures;
  const idleOf = (cpuSeconds: number) => `${((cpuSeconds / idle.seconds) * 100).toFixed(1)} %`;
  const fitted = fittedCosts(stretches);
  const [load] = loadavg();
  return [
    '# Three service nodes and two collectors on one PostgreSQL',
    '',
    `${takenAt.toISOString()}, node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, load ${load?.toFixed(1)} at the end. Everything on this machine, the posting client included. Events of ${Math.round(jsonBytesPerEvent)} bytes. Limits of the same run: ${count(limits.plainCommits)} commits/s of one small row (16 connections, nothing else running), ${count(limits.jsonParse)} events/s of \`JSON.parse\` on one core.`,
    '',
    `With nothing to do, of one core: the service nodes together ${idleOf(idle.serviceCpuSeconds)}, the collectors ${idleOf(idle.collectorCpuSeconds)}, PostgreSQL ${idleOf(idle.postgresCpuSeconds)}. The rows show what posts cost beyond that.`,
    '',
    markdownTable(
      [
        'events a post',
        'posts/s',
        'to plain commits',
        'events/s',
        'to `JSON.parse`',
        'node, CPU a post',
        'to the model',
        'PostgreSQL, CPU a post',
        'to the model',
        'log, bytes an event',
        'posts a sync',
        'transactions a post',
      ],
      stretches.map((stretch) => stretchCells(stretch, limits)),
    ),
    '',
    `Fitted from the first and the last row: node ${cost(fitted.node)}; PostgreSQL ${cost(fitted.database)}. As they would stand in \`bench/scaling/model.ts\`:`,
    '',
    '```ts',
    modelLine('nodePerPost', fitted.node.perPost),
    modelLine('nodePerEvent', fitted.node.perEvent),
    modelLine('databasePerPost', fitted.database.perPost),
    modelLine('databasePerEvent', fitted.database.perEvent),
    '```',
    '',
    `From post to published file through both halves: ${count(collection.events)} events in ${collection.cost.seconds.toFixed(1)} s, ${count(collection.events / collection.cost.seconds)} events/s; CPU an event: service nodes ${micro(collection.cost.serviceCpuSeconds / collection.events)}, collectors ${micro(collection.cost.collectorCpuSeconds / collection.events)}, PostgreSQL ${micro(collection.cost.postgresCpuSeconds / collection.events)}.`,
    '',
  ].join('\n');
}

function stretchCells(stretch: Stretch, limits: ClusterFigures['limits']): readonly string[] {
  const { posts, events, cost: spent, eventsPerPost } = stretch;
  const ratios = ratiosToModel(stretch);
  return [
    count(eventsPerPost),
    count(posts / spent.seconds),
    (posts / spent.seconds / limits.plainCommits).toFixed(2),
    count(events / spent.seconds),
    (events / spent.seconds / limits.jsonParse).toFixed(2),
    milli(spent.serviceCpuSeconds / posts),
    ratios.node.toFixed(2),
    milli(spent.postgresCpuSeconds / posts),
    ratios.database.toFixed(2),
    count(spent.walBytes / events),
    (posts / spent.walSyncs).toFixed(1),
    (spent.transactions / posts).toFixed(1),
  ];
}

function cost({ perPost, perEvent }: { readonly perPost: number; readonly perEvent: number }) {
  return `${milli(perPost)} a post and ${micro(perEvent)} an event`;
}

/** Two digits are all that such a measurement is good for. */
function modelLine(name: keyof Costs, seconds: number): string {
  if (seconds <= 0) return `${name}: undefined, // lost in the noise: measure on a quieter machine`;
  const digits = 1 - Math.floor(Math.log10(seconds));
  return `${name}: ${seconds.toFixed(digits)},`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function milli(seconds: number): string {
  return `${(seconds * 1e3).toFixed(2)} ms`;
}

function micro(seconds: number): string {
  return `${(seconds * 1e6).toFixed(1)} µs`;
}
