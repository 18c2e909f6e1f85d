import { filesSabotages } from './files.ts';
import { pullingSabotages } from './pulling.ts';
import type { Sabotage } from './sabotage.ts';
import { wiresSabotages } from './wires.ts';

export const sabotages: readonly Sabotage[] = [
  ...pullingSabotages,
  ...filesSabotages,
  ...wiresSabotages,
];
