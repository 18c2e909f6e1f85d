import type { Logger } from 'pino';
import { createApp } from './app.ts';
import { openListener, parseListen } from './listener.ts';
import type { RunningServer } from './listener.ts';
import { Networks } from './networks.ts';
import type { ServeOptions } from './options.ts';
import type { ServerDependencies, Service } from './service.ts';

export type { RunningServer } from './listener.ts';
export type { ServerDependencies } from './service.ts';

/**
 * Starts the export service. Resolves when the port is open; rejects with `address_in_use`,
 * `config_invalid` or `secret_unavailable`. Registers its metrics, so call it once per registry.
 */
export async function startServer(
  dependencies: ServerDependencies,
  options: ServeOptions,
): Promise<RunningServer> {
  const { clock, log } = dependencies;
  const closing = new AbortController();
  let opened: RunningServer | undefined;
  const connections = async (): Promise<number> => (await opened?.connections()) ?? 0;
  const { app, service } = createApp({ ...dependencies, connections }, options, closing.signal);
  const { listen, tls, limits } = options;
  const running = await openListener({
    listen,
    tls,
    limits,
    clock,
    log,
    closing,
    fetch: (request, env) => app.fetch(request, env),
  });
  opened = running;
  warnOfClearText(options, log);
  return {
    ...running,
    close: async (graceMs) => {
      await running.close(graceMs);
      await streamsEnded(service);
      await service.apiLogins.settled();
      await service.resources.tallies.settled();
    },
  };
}

/** Every connection is cut by now; what has not noticed within this time is not waited for. */
const streamEndMs = 5000;

async function streamsEnded({ streaming, clock, log }: Service): Promise<void> {
  const ended = new AbortController();
  const all = Promise.all(streaming).finally(() => ended.abort());
  await Promise.race([all, clock.sleep(streamEndMs, ended.signal)]);
  if (streaming.size > 0) log.warn({ answers: streaming.size }, 'answers have not come to an end');
}

const loopback = new Networks(['127.0.0.0/8', '::1']);

/** Basic credentials are readable for everyone on the way unless TLS ends here or at a proxy. */
function warnOfClearText({ listen, tls, trustProxy }: ServeOptions, log: Logger): void {
  const { host } = parseListen(listen);
  if (tls !== undefined || trustProxy.length > 0 || host === 'localhost' || loopback.has(host))
    return;
  log.warn(
    { listen },
    'credentials travel in clear text: configure serve.tls, or a proxy with TLS and serve.trustProxy',
  );
}
