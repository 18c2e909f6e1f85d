/** A receiver's address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** As it was configured, for messages. */
  readonly name: string;
}

export function parseEndpoint(name: string): Endpoint {
  const at = name.lastIndexOf(':');
  const host = name.slice(0, at).replace(/^\[|\]$/g, '');
  return { host, port: Number(name.slice(at + 1)), name };
}
