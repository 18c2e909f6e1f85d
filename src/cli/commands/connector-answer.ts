import type { Connector, ConnectorWithKeys } from '../../directory/connector.ts';
import type { Answer } from '../operate.ts';
import { printFields, printTime } from '../print.ts';

/** A connector with its keys: only where showing them is the purpose. */
export function answerWithKeys({ keys, ...connector }: ConnectorWithKeys): Answer {
  const shown = keys.map(({ value, createdAtMs, endsAtMs }) => ({
    key: value.reveal(),
    createdAtMs,
    endsAtMs,
  }));
  const [newest, before] = shown;
  return {
    json: { ...connectorJson(connector), keys: shown },
    text: (screen) =>
      printFields(screen, {
        ...connectorFields(connector),
        ...(newest && { key: newest.key }),
        ...(before && {
          'key before': `${before.key} (good until ${printTime(before.endsAtMs)})`,
        }),
      }),
  };
}

export function answerWithoutKeys(connector: Connector): Answer {
  return {
    json: connectorJson(connector),
    text: (screen) => printFields(screen, connectorFields(connector)),
  };
}

export function connectorJson({ approval, ...connector }: Connector): object {
  return { ...connector, ...approval };
}

function connectorFields(connector: Connector): Record<string, string> {
  const { approval, allowedNetworks } = connector;
  return {
    'connector name': connector.name,
    state: connector.state,
    'redirect URL': connector.redirectUrl,
    'allowed from': allowedNetworks.length === 0 ? 'everywhere' : allowedNetworks.join(', '),
    requested: printTime(connector.requestedAtMs),
    ...(approval && {
      approved: printTime(approval.approvedAtMs),
      'attacks since': printTime(approval.siemEnabledAtMs),
      'API ID': approval.apiId,
    }),
  };
}
