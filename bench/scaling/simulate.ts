/**
 * The cluster of docs/SCALING.md as a queue of posts: nodes of one thread, databases with cores and a
 * log whose sync takes a while, posts at random moments. It shows what arithmetic cannot: how long a
 * post waits, and whether work piles up.
 */
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import { coresPerDatabase, measuredCosts, type Costs, type Plan } from './model.ts';

/** Of a node: as in src/store/postgres/store.ts, with a pool of ten. */
const lanes = 4;
const streamsPerCommit = 32;

export interface SimulationOptions {
  readonly seed: number;
  /** Posts that are let arrive; the whole cluster is thinned to one database and its nodes. */
  readonly posts: number;
  /** Until the log is durable, and the way there and back. */
  readonly syncSeconds: number;
  readonly costs?: Costs;
}

export interface Simulated {
  /** Cores at work on average, of the whole cluster. */
  readonly nodeCores: number;
  readonly databaseCores: number;
  /** From the post to its answer. */
  readonly medianSeconds: number;
  readonly slowSeconds: number;
  /** Posts that share a commit. */
  readonly postsPerCommit: number;
  /** Of the second half of the posts, how much longer they waited than the first: 1 when steady. */
  readonly growth: number;
}

interface Post {
  readonly arrivedAt: number;
  doneAt: number;
}

interface Node {
  freeAt: number;
  readonly waiting: Post[];
  lanesBusy: number;
}

/** Runs one database of the plan with its share of nodes and posts. */
export function simulate(plan: Plan, options: SimulationOptions): Simulated {
  return new Simulation(plan, options).run();
}

class Simulation {
  readonly #plan: Plan;
  readonly #options: SimulationOptions;
  readonly #costs: Costs;
  readonly #agenda = new Agenda();
  readonly #nodes: readonly Node[];
  readonly #cores: number[];
  #nodeBusy = 0;
  #databaseBusy = 0;
  #commits = 0;

  constructor(plan: Plan, options: SimulationOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#costs = options.costs ?? measuredCosts;
    const nodes = Math.max(1, Math.round(plan.nodes / plan.databases));
    this.#nodes = Array.from({ length: nodes }, () => ({ freeAt: 0, waiting: [], lanesBusy: 0 }));
    this.#cores = Array.from({ length: coresPerDatabase }, () => 0);
  }

  run(): Simulated {
    const { posts } = this.#options;
    const share = 1 / this.#plan.databases;
    const done = this.#arrivals(this.#plan.postsPerSecond * share, posts);
    this.#agenda.run();
    const lasted = Math.max(...done.map(({ doneAt }) => doneAt));
    const waits = done.map(({ arrivedAt, doneAt }) => doneAt - arrivedAt);
    const half = Math.floor(waits.length / 2);
    const sorted = waits.toSorted((a, b) => a - b);
    return {
      nodeCores: this.#nodeBusy / lasted / share,
      databaseCores: this.#databaseBusy / lasted / share,
      medianSeconds: sorted[half] ?? 0,
      slowSeconds: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
      postsPerCommit: posts / this.#commits,
      growth: mean(waits.slice(half)) / mean(waits.slice(0, half)),
    };
  }

  #arrivals(perSecond: number, count: number): readonly Post[] {
    const random = seededRandom(this.#options.seed);
    const { eventsPerPost } = this.#plan;
    const work = this.#costs.nodePerPost + eventsPerPost * this.#costs.nodePerEvent;
    const posts: Post[] = [];
    let at = 0;
    for (let number = 0; number < count; number += 1) {
      at -= Math.log(random.integer(1, 1e6) / 1e6) / perSecond;
      const node = this.#nodes[random.integer(0, this.#nodes.length - 1)];
      if (node === undefined) throw new Error('there is no node');
      const post = { arrivedAt: at, doneAt: Infinity };
      posts.push(post);
      this.#agenda.at(at, () => {
        node.freeAt = Math.max(node.freeAt, this.#agenda.now) + work;
        this.#nodeBusy += work;
        this.#agenda.at(node.freeAt, () => {
          node.waiting.push(post);
          this.#commit(node);
        });
      });
    }
    return posts;
  }

  /** What waits at the node shares a commit, as far as there is a lane. */
  #commit(node: Node): void {
    if (node.lanesBusy >= lanes || node.waiting.length === 0) return;
    const posts = node.waiting.splice(0, streamsPerCommit);
    const { databasePerPost, databasePerEvent } = this.#costs;
    const work = posts.length * (databasePerPost + this.#plan.eventsPerPost * databasePerEvent);
    const core = this.#cores.indexOf(Math.min(...this.#cores));
    const ready = Math.max(this.#cores[core] ?? 0, this.#agenda.now) + work;
    this.#cores[core] = ready;
    this.#databaseBusy += work;
    this.#commits += 1;
    node.lanesBusy += 1;
    this.#agenda.at(ready + this.#options.syncSeconds, () => {
      for (const post of posts) post.doneAt = this.#agenda.now;
      node.lanesBusy -= 1;
      this.#commit(node);
    });
  }
}

/** What happens when, in order. */
class Agenda {
  now = 0;
  readonly #heap: { readonly at: number; readonly act: () => void }[] = [];

  at(at: number, act: () => void): void {
    const heap = this.#heap;
    let index = heap.push({ at, act }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#isBefore(parent, index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  run(): void {
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      next.act();
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let index = 0; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      if (left >= heap.length) return;
      const least = right < heap.length && this.#isBefore(right, left) ? right : left;
      if (this.#isBefore(index, least)) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return (this.#heap[a]?.at ?? Infinity) <= (this.#heap[b]?.at ?? Infinity);
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
