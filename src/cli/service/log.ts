import { styleText } from 'node:util';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Config } from '../../config/read-config.ts';
import { printable, printableJson } from '../print.ts';
import { isInteractive } from '../terminal.ts';
import type { Screen, Terminal } from '../terminal.ts';

type LogConfig = Config['log'];

/** The process's log on standard error: JSON lines, or text where a person looks at it. */
export function createLog(
  { level, format }: Partial<LogConfig>,
  { stderr, environment }: Pick<Terminal, 'stderr' | 'environment'>,
  write = (text: string): void => void stderr.write(text),
): Logger {
  const asText = (format ?? (isInteractive(stderr, environment) ? 'text' : 'json')) === 'text';
  const settings = {
    level: level ?? 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(settings, {
    write: (line: string) => write(asText ? textLine(line, stderr) : printableJson(line)),
  });
}

const colors = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red', fatal: 'red' } as const;

/** One of pino's JSON lines as people read it. */
function textLine(line: string, screen: Screen): string {
  const entry: Record<string, unknown> = JSON.parse(line);
  const { level, time, msg, err, ...rest } = entry;
  const color = isColored(level) ? colors[level] : 'dim';
  const label = styleText(color, String(level).padEnd(5), { stream: screen });
  const clock = styleText('dim', String(time).slice(11, 19), { stream: screen });
  const details = Object.entries(err === undefined ? rest : { ...rest, err })
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const dim = details === '' ? '' : ` ${styleText('dim', printable(details), { stream: screen })}`;
  return `${clock} ${label} ${printable(String(msg))}${dim}\n`;
}

function isColored(level: unknown): level is keyof typeof colors {
  return typeof level === 'string' && level in colors;
}
