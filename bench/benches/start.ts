import { quantile } from '../measure.ts';
import type { Bench } from '../row.ts';
import { openServiceStand, ready } from '../service-stand.ts';

const starts = 5;

/** From starting the process to the first 200 of `/readyz`. */
export const benchStart: Bench = async () => {
  await using stand = await openServiceStand();
  const seconds: number[] = [];
  for (let count = 0; count < starts; count += 1) {
    const start = performance.now();
    stand.process.start();
    await ready(stand.url, stand.process);
    seconds.push((performance.now() - start) / 1000);
    await stand.process.stop();
  }
  return [
    {
      path: 'process start to ready',
      value: quantile(seconds, 0.5),
      unit: 's',
      budget: 0.6,
      note: `median of ${starts} starts`,
    },
  ];
};
