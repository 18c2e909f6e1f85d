import type { StreamName } from '../../src/core/stream.ts';
import type { MemoryStorage } from '../../src/testing/memory-storage.ts';
import { ElasticsearchProtocol } from './elasticsearch-protocol.ts';
import { FileOutlet } from './file-outlet.ts';
import type { World } from './machine.ts';
import type { Outlet } from './outlet.ts';
import type { WireProtocol } from './receiver.ts';
import { SplunkHecProtocol } from './splunk-hec-protocol.ts';
import { WireOutlet } from './wire-outlet.ts';

export interface OutletParts {
  readonly storage: MemoryStorage;
  readonly stream: StreamName;
  readonly format: keyof typeof extensions;
}

const extensions = { cef: 'cef', syslog: 'log', json: 'json' } as const;

/** Where the collector of this run delivers, as the seed has it, and that in words. */
export function openOutlet(
  world: World,
  { storage, stream, format }: OutletParts,
): { readonly outlet: Outlet; readonly words: string } {
  const { random } = world;
  const batchEvents = random.pick([1, 5, 50]);
  if (random.chance(0.5)) {
    const mode = random.chance(0.75) ? 'publish' : 'append';
    const takesFiles = mode === 'publish' && random.chance(0.4);
    const extension = extensions[format];
    const options = { mode, takesFiles, extension, rollEvents: batchEvents } as const;
    const words = `${mode}, ${takesFiles ? 'a watcher that takes files' : 'files stay'}`;
    return { outlet: new FileOutlet(world, options), words };
  }
  const protocol = wireProtocol(world, { storage, stream, format }, batchEvents);
  return { outlet: new WireOutlet(world, protocol, storage, stream), words: protocol.name };
}

function wireProtocol(
  world: World,
  { stream, format }: OutletParts,
  batchEvents: number,
): WireProtocol {
  const { random } = world;
  const digit = random.integer(1, 9);
  const text = stream === 'acme/insync' ? `event number ${digit}` : `request-${digit}`;
  const poison = random.chance(0.3) ? text : undefined;
  const common = { poison, format, batchEvents };
  if (random.chance(0.5)) return new ElasticsearchProtocol(world, common);
  return new SplunkHecProtocol(world, { ...common, acknowledges: random.chance(0.5) });
}
