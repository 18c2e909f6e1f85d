import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export type Labels<Name extends string> = Readonly<Record<Name, string>>;

/** A counter whose values are asked for when Prometheus asks. */
export function counter<Name extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Name[],
  values: () => readonly (readonly [Labels<Name>, number])[],
): void {
  const metric: Counter<Name> = new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      metric.reset();
      for (const [labels, value] of values()) metric.inc(labels, value);
    },
  });
}

/** As `counter`, for what also falls. */
export function gauge<Name extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Name[],
  values: () => readonly (readonly [Labels<Name>, number])[],
): void {
  const metric: Gauge<Name> = new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      metric.reset();
      for (const [labels, value] of values()) metric.set(labels, value);
    },
  });
}
