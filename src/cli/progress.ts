import { printCount } from './print.ts';
import { isInteractive } from './terminal.ts';
import type { Terminal } from './terminal.ts';
