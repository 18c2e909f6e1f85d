import type { FuzzTarget } from './fuzz-target.ts';
import { compressedTargets } from './targets/compressed.ts';
import { ingestTargets } from './targets/ingest.ts';
import { lineTargets } from './targets/lines.ts';
import { openIdTarget } from './targets/openid.ts';
import { receiverTargets } from './targets/receivers.ts';
import { requestTarget } from './targets/requests.ts';
import { textTargets } from './targets/text-parsers.ts';
import { vendorPageTargets } from './targets/vendor-pages.ts';

/** Every parser that reads what comes over a wire or lies where others can write. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...ingestTargets,
  ...lineTargets,
  ...vendorPageTargets,
  ...receiverTargets,
  ...textTargets,
  ...compressedTargets,
  openIdTarget,
  requestTarget,
];
