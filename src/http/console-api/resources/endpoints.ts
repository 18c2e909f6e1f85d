import { activityEndpoints } from './activity.ts';
import { apiClientEndpoints } from './api-clients.ts';
import { connectorEndpoints } from './connectors.ts';
import { eventEndpoints } from './events/endpoints.ts';
import { settingsEndpoints } from './export-settings.ts';
import { connectorRequestEndpoints } from './operator/connector-requests.ts';
import { healthEndpoints } from './operator/health.ts';
import { ingestKeyEndpoints } from './operator/ingest-keys.ts';
import { quarantineEndpoints } from './operator/quarantine.ts';
import { storageEndpoints } from './operator/storage.ts';
import { tenantEndpoints } from './operator/tenants.ts';
import { overviewEndpoints } from './overview/overview.ts';
import { tokenEndpoints } from './tokens.ts';

/** Everything a tenant and an operator look at and change, but for people. */
export const resourceEndpoints = {
  ...overviewEndpoints,
  ...eventEndpoints,
  ...settingsEndpoints,
  ...tokenEndpoints,
  ...apiClientEndpoints,
  ...connectorEndpoints,
  ...activityEndpoints,
  ...tenantEndpoints,
  ...connectorRequestEndpoints,
  ...ingestKeyEndpoints,
  ...healthEndpoints,
  ...quarantineEndpoints,
  ...storageEndpoints,
};
