import { relative } from 'node:path';
import { styleText } from 'node:util';
import { verificationFailure } from '../../pipeline/verification.ts';
import type { Verification } from '../../pipeline/verification.ts';
import { describeWhole, isWhole } from '../describe-verification.ts';
import { LiveLine } from '../live-line.ts';
import { printCount, printDuration } from '../print.ts';
import { isInteractive } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import type { DemoLayout } from './demo-config.ts';
import type { DemoCredentials } from './demo-credentials.ts';

/** How the demo is doing at one moment. */
export interface DemoProgress {
  readonly elapsedMs: number;
  /** Acknowledged by the ingest API. */
  readonly eventsIn: number;
  readonly eventsPulled: number;
  /** Standing in files of every sink. */
  readonly eventsPublished: number;
  readonly lagEvents: number;
  readonly lagMs: number;
}

export interface VerifiedDirectory {
  readonly path: string;
  readonly verification: Verification;
}

const liveEveryMs = 200;
const plainEveryMs = 2000;
/** Rates are averaged over so many looks. */
const samplesMax = 16;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** What a person sees of the demo: where to look, and one line that lives. */
export class DemoView {
  /** How often `show` is to be called. */
  readonly everyMs: number;
  readonly #terminal: Terminal;
  readonly #live: LiveLine | undefined;
  readonly #samples: DemoProgress[] = [];
  #frame = 0;

  constructor(terminal: Terminal) {
    const interactive = isInteractive(terminal.stdout, terminal.environment);
    this.#terminal = terminal;
    this.#live = interactive ? new LiveLine(terminal.stdout) : undefined;
    this.everyMs = interactive ? liveEveryMs : plainEveryMs;
  }

  /** Text from elsewhere, such as the log, that must not end up within the live line. */
  interrupt(text: string): void {
    this.#live?.clear();
    this.#terminal.stderr.write(text);
  }

  intro(layout: DemoLayout, credentials: DemoCredentials, forMs: number | undefined): void {
    const { baseUrl, eventsApi } = credentials;
    const name = (text: string) => this.#style('dim', text.padEnd(16));
    const path = (absolute: string) => this.#style('cyan', this.#relative(absolute));
    const login = `${eventsApi.username}:${eventsApi.token}`;
    const lines = [
      '',
      `  ${this.#style('bold', 'Tailrace')} ${this.#style('dim', '· demo')}`,
      '',
      `  ${name('export service')} ${this.#style('cyan', baseUrl)}`,
      `  ${name('CEF files')} ${path(layout.cef)}`,
      `  ${name('Syslog files')} ${path(layout.syslog)}`,
      `  ${name('credentials')} ${path(layout.credentials)}`,
      '',
      '  Ask the Events API yourself:',
      '',
      `    ${this.#style('green', `curl -u '${login}' '${baseUrl}/api/events/v1?format=CEF'`)}`,
      '',
      '  Look from another terminal:',
      '',
      `    npx tailrace status --data-directory ${this.#relative(layout.collector)}`,
      `    npx tailrace verify ${this.#relative(layout.cef)}`,
      '',
      this.#style(
        'dim',
        forMs === undefined
          ? '  Ctrl-C ends it.'
          : `  Ends by itself after ${printDuration(forMs)}.`,
      ),
      '',
    ];
    this.#terminal.stdout.write(`${lines.join('\n')}\n`);
  }

  show(progress: DemoProgress): void {
    this.#samples.push(progress);
    if (this.#samples.length > samplesMax) this.#samples.shift();
    if (this.#samples.length === 1) return; // nothing can be said about a rate yet
    const parts = [
      `in ${this.#number(`${printCount(this.#ratePerSecond())}/s`)}`,
      `pulled ${this.#number(printCount(progress.eventsPulled))}`,
      `published ${this.#number(printCount(progress.eventsPublished))}`,
      `lag ${this.#lag(progress)}`,
    ];
    if (this.#live === undefined) {
      const at = printDuration(progress.elapsedMs).padStart(7);
      this.#terminal.stdout.write(`${at}  ${parts.join('  ')}\n`);
      return;
    }
    this.#frame = (this.#frame + 1) % spinner.length;
    const clock = this.#style('dim', minutes(progress.elapsedMs));
    const frame = this.#style('cyan', spinner[this.#frame] ?? '');
    this.#live.show(`  ${frame} ${parts.join(this.#style('dim', ' · '))}  ${clock}`);
  }

  summary(progress: DemoProgress, verified: readonly VerifiedDirectory[]): void {
    const { eventsIn, eventsPulled, eventsPublished, lagEvents, elapsedMs } = progress;
    const mark = (ok: boolean) => this.#style(ok ? 'green' : 'red', ok ? '✔' : '✘');
    const lines = [
      `  ${mark(lagEvents === 0)} ${printCount(eventsIn)} events in, ${printCount(eventsPulled)} pulled, ` +
        `${printCount(eventsPublished)} published in ${printDuration(elapsedMs)}`,
      ...verified.map(({ path, verification }) => {
        const text = isWhole(verification)
          ? describeWhole(verification)
          : (verificationFailure(verification)?.message ?? '');
        return `  ${mark(isWhole(verification))} ${this.#relative(path)}: ${text}`;
      }),
    ];
    this.say(`${lines.join('\n')}\n`);
  }

  say(text: string): void {
    this.#live?.clear();
    this.#terminal.stdout.write(`${text}\n`);
  }

  #lag({ lagEvents, lagMs }: DemoProgress): string {
    const count = `${printCount(lagEvents)} event${lagEvents === 1 ? '' : 's'}`;
    return this.#number(lagEvents === 0 ? 'none' : `${count}, ${printDuration(lagMs)}`);
  }

  #ratePerSecond(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || first === last) return 0;
    const seconds = (last.elapsedMs - first.elapsedMs) / 1000;
    return Math.round((last.eventsIn - first.eventsIn) / seconds);
  }

  #number(text: string): string {
    return this.#style('bold', text);
  }

  #style(style: 'bold' | 'dim' | 'cyan' | 'green' | 'red', text: string): string {
    return styleText(style, text, { stream: this.#terminal.stdout });
  }

  #relative(path: string): string {
    const short = relative(this.#terminal.workingDirectory, path);
    return short.startsWith('..') ? path : `./${short}`;
  }
}

function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
