import { SegmentedControl, Select, SimpleGrid, Stack } from '@mantine/core';
import { TextFilter } from '../events/text-filter.tsx';
import { TimeRangeField } from '../events/time-range-field.tsx';
import { activityKinds, isActivityKind, type ActivitySearch } from './activity-search.ts';

interface ActivityFiltersProps {
  readonly search: ActivitySearch;
  /** For the operator: whose activity. */
  readonly tenants?: readonly { readonly id: string; readonly title: string }[];
  readonly onChange: (change: Partial<ActivitySearch>) => void;
}

const kinds = [
  { value: 'all', label: 'All' },
  ...Object.entries(activityKinds).map(([value, label]) => ({ value, label })),
];

export function ActivityFilters({ search, tenants, onChange }: ActivityFiltersProps) {
  const { kind, range, actor, outcome, text, tenant } = search;
  return (
    <Stack gap="sm" mb="md">
      <SegmentedControl
        aria-label="Kind of activity"
        value={kind ?? 'all'}
        data={kinds}
        onChange={(value) => onChange({ kind: isActivityKind(value) ? value : undefined })}
        style={{ alignSelf: 'flex-start' }}
      />
      <SimpleGrid cols={{ base: 2, sm: tenants === undefined ? 4 : 5 }} spacing="sm">
        <TimeRangeField range={range} onChange={(chosen) => onChange({ range: chosen })} />
        {tenants !== undefined && (
          <Select
            label="Organization"
            placeholder="All"
            data={tenants.map(({ id, title }) => ({ value: id, label: title }))}
            value={tenant ?? null}
            onChange={(value) => onChange({ tenant: value ?? undefined })}
            clearable
            searchable
          />
        )}
        <Select
          label="Result"
          placeholder="All"
          data={[
            { value: 'success', label: 'Success' },
            { value: 'failure', label: 'Failure' },
          ]}
          value={outcome ?? null}
          onChange={(value) =>
            onChange({ outcome: value === 'success' || value === 'failure' ? value : undefined })
          }
          clearable
        />
        <TextFilter
          label="Who"
          placeholder="E-mail or name"
          value={actor ?? ''}
          onChange={(words) => onChange({ actor: words === '' ? undefined : words })}
        />
        <TextFilter
          label="Text"
          placeholder="Any words"
          value={text ?? ''}
          onChange={(words) => onChange({ text: words === '' ? undefined : words })}
        />
      </SimpleGrid>
    </Stack>
  );
}
