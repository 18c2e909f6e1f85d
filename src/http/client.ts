import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { plainAddress } from './networks.ts';
import type { Networks } from './networks.ts';

/** Who sent a request, as far as the trusted proxies tell. */
export interface Client {
  readonly address: string;
  /** True when the request travelled under TLS up to us or up to the trusted proxy. */
  readonly isSecure: boolean;
}

/** Somebody behind a proxy that does not say who: in no network, and least of all on this machine. */
const unknownAddress = 'unknown';

/** What a request without a socket (a test's) is taken to come from. */
const loopback = '127.0.0.1';

/**
 * The right-most hop that is not a trusted proxy. What stands further left in X-Forwarded-For was
 * written by the client and is not believed.
 */
export function clientOf(
  incoming: IncomingMessage | undefined,
  header: (name: string) => string | undefined,
  trusted: Networks,
): Client {
  const socket = incoming?.socket;
  const peer = plainAddress(socket?.remoteAddress ?? loopback);
  const isEncrypted = socket !== undefined && 'encrypted' in socket && socket.encrypted === true;
  if (!trusted.has(peer)) return { address: peer, isSecure: isEncrypted };
  const hops = (header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim());
  const protocol = header('x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase();
  return {
    address: firstUntrusted(hops, peer, trusted),
    isSecure: protocol === undefined ? isEncrypted : protocol === 'https',
  };
}

function firstUntrusted(hops: readonly string[], peer: string, trusted: Networks): string {
  let address = peer;
  for (const hop of hops.filter((text) => text !== '').toReversed()) {
    address = addressOf(hop);
    if (!trusted.has(address)) return address;
  }
  return address;
}

/** A hop as proxies write it: an address, in brackets or not, with its port or without. */
function addressOf(hop: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::\d+)?$/.exec(hop) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? hop);
  return isIP(address) === 0 ? unknownAddress : address;
}
