import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import {
  approveConnector,
  disableConnector,
  enableConnector,
  rotateConnector,
} from './connector-operation.ts';
import {
  changeConnector,
  deleteConnector,
  listConnectors,
  requestConnector,
  showConnector,
} from './connector-registration.ts';

/** The life of a connector, in its order. */
const subcommands = [
  requestConnector,
  approveConnector,
  listConnectors,
  showConnector,
  changeConnector,
  rotateConnector,
  disableConnector,
  enableConnector,
  deleteConnector,
] as const;

export function connectorCommand(invocation: Invocation): Command {
  const command = new Command('connector');
  for (const add of subcommands) add(command, invocation);
  return command;
}
