import { z } from 'zod';
import { durationMs, sizeBytes } from '../../core/quantity.ts';
import { certificateOptions } from '../../wire/certificates.ts';
import { batchOptions } from '../batch-options.ts';

/**
 * What each transport is. `confirms`: the sender learns that the receiver has read everything. The
 * sizes are those that common receivers take by default.
 */
export const transports = {
  udp: { isSecure: false, confirms: false, messageBytes: 8192 },
  tcp: { isSecure: false, confirms: true, messageBytes: 65_536 },
  tls: { isSecure: true, confirms: true, messageBytes: 65_536 },
  relp: { isSecure: false, confirms: true, messageBytes: 65_536 },
  'relp-tls': { isSecure: true, confirms: true, messageBytes: 65_536 },
} as const satisfies Record<string, Transport>;

interface Transport {
  readonly isSecure: boolean;
  readonly confirms: boolean;
  readonly messageBytes: number;
}

export type TransportName = keyof typeof transports;

/** What a UDP datagram over IPv4 can carry. */
const datagramBytesMax = 65_507;

const endpoint = z
  .string()
  .regex(
    /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/,
    'a host and a port, such as siem.example.com:6514 or [2001:db8::7]:514',
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'a port up to 65535');

/** How a syslog sink is configured. */
export const syslogSinkOptions = z
  .strictObject({
    type: z.literal('syslog'),
    transport: z
      .enum(['udp', 'tcp', 'tls', 'relp', 'relp-tls'])
      .describe(
        '`tcp` and `tls`: a batch counts as delivered when the receiver has read the connection to ' +
          'its end. `relp` and `relp-tls`: when the receiver has confirmed every message. `udp` ' +
          'confirms nothing and may lose events.',
      ),
    endpoints: z
      .union([endpoint, z.array(endpoint).min(1).max(16)])
      .transform((value) => (typeof value === 'string' ? [value] : value))
      .describe('`HOST:PORT` of the receiver, or of several that are equal.'),
    several: z
      .enum(['failover', 'spread'])
      .default('failover')
      .describe(
        'Several endpoints. `failover`: the first that takes events gets them all. `spread`: batches ' +
          'go to each in turn, so that order holds within a batch only.',
      ),
    framing: z
      .enum(['octet-counting', 'newline'])
      .optional()
      .describe(
        'How messages are told apart over `tcp` and `tls`: each led by its length in bytes (RFC ' +
          '6587; the default), or each ended by a newline.',
      ),
    header: z
      .enum(['rfc5424', 'rfc3164', 'none'])
      .default('rfc5424')
      .describe(
        'What stands before a line. Lines of `format: syslog` bring their own RFC 5424 header; with ' +
          '`rfc3164` they get the old one instead. `none` sends lines as they are.',
      ),
    messageSizeMax: sizeBytes
      .refine((bytes) => bytes >= 480 && bytes <= 1024 ** 2, 'must be 480 bytes to 1MiB')
      .optional()
      .describe(
        'A longer message is cut, and says so at its end. Default: 8KiB over `udp`, else 64KiB.',
      ),
    tls: z
      .strictObject({
        ...certificateOptions,
        serverName: z
          .string()
          .min(1)
          .optional()
          .describe("The name in the receiver's certificate, if it is not that of the endpoint."),
        minVersion: z
          .enum(['TLSv1.2', 'TLSv1.3'])
          .default('TLSv1.2')
          .describe('The oldest TLS version that is accepted.'),
      })
      .prefault({})
      .describe('For `tls` and `relp-tls`.'),
    timeout: durationMs
      .refine((ms) => ms >= 100 && ms <= 600_000, 'must be 100ms to 10m')
      .prefault('30s')
      .describe(
        'How long the receiver may take nothing and confirm nothing while it is waited for.',
      ),
    datagramsPerSecond: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(5000)
      .describe('Pace over `udp`, as a receiver drops what it cannot read in time.'),
    ...batchOptions,
  })
  .refine(
    ({ transport, messageSizeMax = 0 }) =>
      transport !== 'udp' || messageSizeMax <= datagramBytesMax,
    { message: `must be at most ${datagramBytesMax} over udp`, path: ['messageSizeMax'] },
  )
  .refine(({ transport, framing }) => framing === undefined || isStreamed(transport), {
    message: 'is for tcp and tls only',
    path: ['framing'],
  });

function isStreamed(transport: TransportName): boolean {
  return transport === 'tcp' || transport === 'tls';
}

export type SyslogSinkOptions = z.output<typeof syslogSinkOptions>;

export function messageBytesMax({ transport, messageSizeMax }: SyslogSinkOptions): number {
  return messageSizeMax ?? transports[transport].messageBytes;
}
