/**
 * The model of docs/SCALING.md: costs that were measured, multiplied. A *post* is what a product sends
 * at once for one tenant; it becomes one commit of that tenant's stream.
 */

/** What one thing costs, in seconds of one core unless the name says otherwise. */
export interface Costs {
  /** Of a node: taking a post over HTTP, checking its key, handing it to the database. */
  readonly nodePerPost: number;
  /** Of a node, for each event in the post. */
  readonly nodePerEvent: number;
  readonly databasePerPost: number;
  readonly databasePerEvent: number;
  /** On disk, compacted. */
  readonly bytesPerEvent: number;
}

/** As measured; where, when and how far they hold stands in docs/SCALING.md. */
export const measuredCosts: Costs = {
  nodePerPost: 0.0016,
  nodePerEvent: 0.000011,
  databasePerPost: 0.00088,
  databasePerEvent: 0.000001,
  bytesPerEvent: 90,
};

/** How much of a core is planned with, so that waits stay short. */
export const plannedShare = 0.7;
/** A node's work is done on one thread. */
export const coresPerNode = 1;
export const coresPerDatabase = 8;
const retentionDays = 30;
const secondsPerDay = 86_400;

/** How much there is to do. */
export interface Demand {
  readonly tenants: number;
  readonly eventsPerSecond: number;
  readonly eventsPerPost: number;
}

/** What it takes. */
export interface Plan extends Demand {
  readonly postsPerSecond: number;
  readonly nodeCores: number;
  readonly databaseCores: number;
  /** One-core nodes and databases of `coresPerDatabase`, filled to `plannedShare`. */
  readonly nodes: number;
  readonly databases: number;
  readonly diskBytes: number;
}

/** The sizes of docs/SCALING.md. */
export const demands: readonly Demand[] = [
  { tenants: 1e3, eventsPerSecond: 1e3, eventsPerPost: 1 },
  { tenants: 1e3, eventsPerSecond: 1e5, eventsPerPost: 100 },
  { tenants: 1e5, eventsPerSecond: 1e4, eventsPerPost: 1 },
  { tenants: 1e5, eventsPerSecond: 1e6, eventsPerPost: 100 },
  { tenants: 1e7, eventsPerSecond: 1e5, eventsPerPost: 1 },
  { tenants: 1e7, eventsPerSecond: 1e6, eventsPerPost: 1 },
  { tenants: 1e7, eventsPerSecond: 1e6, eventsPerPost: 10 },
];

export function plan(demand: Demand, costs: Costs = measuredCosts): Plan {
  const { eventsPerSecond, eventsPerPost } = demand;
  const postsPerSecond = eventsPerSecond / eventsPerPost;
  const nodeCores = postsPerSecond * costs.nodePerPost + eventsPerSecond * costs.nodePerEvent;
  const databaseCores =
    postsPerSecond * costs.databasePerPost + eventsPerSecond * costs.databasePerEvent;
  return {
    ...demand,
    postsPerSecond,
    nodeCores,
    databaseCores,
    nodes: Math.ceil(nodeCores / (coresPerNode * plannedShare)),
    databases: Math.ceil(databaseCores / (coresPerDatabase * plannedShare)),
    diskBytes: eventsPerSecond * costs.bytesPerEvent * secondsPerDay * retentionDays,
  };
}

/** CPU seconds that a stretch of work should have cost. */
export function reckoned(
  { posts, events }: { readonly posts: number; readonly events: number },
  costs: Costs = measuredCosts,
): { readonly node: number; readonly database: number } {
  return {
    node: posts * costs.nodePerPost + events * costs.nodePerEvent,
    database: posts * costs.databasePerPost + events * costs.databasePerEvent,
  };
}
