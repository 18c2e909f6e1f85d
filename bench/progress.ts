/** Takes how many of all are done. */
export type Progress = (done: number) => void;

/** Says on stderr what has been done of `total`, every tenth of it. */
export function progressOf(what: string, total: number): Progress {
  let saidTenths = 0;
  return (done) => {
    const tenths = Math.floor((done / total) * 10);
    if (tenths <= saidTenths) return;
    saidTenths = tenths;
    console.error(`  ${what}: ${Math.min(done, total).toLocaleString('en')} events`);
  };
}

/** `10 M`, `200 k`. */
export function countText(count: number): string {
  return count >= 1_000_000 ? `${count / 1_000_000} M` : `${count / 1000} k`;
}
