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
import type { DemoProgress, StreamProgress } from './demo-counts.ts';
import type { DemoCredentials } from './demo-credentials.ts';

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
    const { baseUrl, eventsApi, siemApi, accounts } = credentials;
    const name = (text: string) => this.#style('dim', text.padEnd(16));
    const path = (absolute: string) => this.#style('cyan', this.#relative(absolute));
    const login = `${eventsApi.username}:${eventsApi.token}`;
    const tokenUrl = `${baseUrl}/wafportal/rest/siem/v1/getAuthToken`;
    const call = (text: string) => `    ${this.#style('green', text)}`;
    const lines = [
      '',
      `  ${this.#style('bold', 'Tailrace')} ${this.#style('dim', '· demo')}`,
      '',
      `  ${name('web console')} ${this.#style('cyan', `${baseUrl}/`)}`,
      ...accounts.map(
        ({ role, email, password }) =>
          `  ${name(`  ${role}`)} ${email}  ${this.#style('dim', password)}`,
      ),
      `  ${name('CEF files')} ${path(layout.cef)}`,
      `  ${name('Syslog files')} ${path(layout.syslog)}`,
      `  ${name('attacks, as CEF')} ${path(layout.attacks)}`,
      `  ${name('credentials')} ${path(layout.credentials)}`,
      '',
      '  Ask the Events API yourself:',
      '',
      call(`curl -u '${login}' '${baseUrl}/api/events/v1?format=CEF'`),
      '',
      '  Get an access token of the SIEM API, to ask for attacks:',
      '',
      call(`curl -u '${siemApi.apiId}:${siemApi.apiKey}' -X POST '${tokenUrl}'`),
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
    const { events, attacks } = progress;
    const published = `${printCount(events.published)} + ${printCount(attacks.published)} attacks`;
    const parts = [
      `in ${this.#number(`${printCount(this.#ratePerSecond())}/s`)}`,
      `pulled ${this.#number(printCount(events.pulled + attacks.pulled))}`,
      `published ${this.#number(published)}`,
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
    const mark = (ok: boolean) => this.#style(ok ? 'green' : 'red', ok ? '✔' : '✘');
    const sum = (what: string, stream: StreamProgress) =>
      `  ${mark(stream.lagEvents === 0)} ${printCount(stream.in)} ${what} in, ` +
      `${printCount(stream.pulled)} pulled, ${printCount(stream.published)} published ` +
      `in ${printDuration(progress.elapsedMs)}`;
    const lines = [
      sum('events', progress.events),
      sum('attacks', progress.attacks),
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

  #lag({ events, attacks }: DemoProgress): string {
    const behind = events.lagEvents + attacks.lagEvents;
    const count = `${printCount(behind)} event${behind === 1 ? '' : 's'}`;
    const lagMs = Math.max(events.lagMs, attacks.lagMs);
    return this.#number(behind === 0 ? 'none' : `${count}, ${printDuration(lagMs)}`);
  }

  #ratePerSecond(): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || first === last) return 0;
    const seconds = (last.elapsedMs - first.elapsedMs) / 1000;
    return Math.round((eventsIn(last) - eventsIn(first)) / seconds);
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

function eventsIn({ events, attacks }: DemoProgress): number {
  return events.in + attacks.in;
}

function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
