import { Button, Collapse, Select, SimpleGrid } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import type { FeedView } from '../../../../src/http/console-api/api-types.ts';
import { filterCount, type EventSearch } from './event-search.ts';
import { severityBands } from './severity.ts';
import { TextFilter } from './text-filter.tsx';
import { TimeRangeField } from './time-range-field.tsx';

interface EventFiltersProps {
  readonly feed: FeedView;
  readonly search: EventSearch;
  readonly onChange: (change: Partial<EventSearch>) => void;
}

/** The filters; on a phone behind a button that says how many are set. */
export function EventFilters(props: EventFiltersProps) {
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const [isOpen, { toggle }] = useDisclosure(false);
  if (!isNarrow) return <Fields {...props} />;
  const count = filterCount(props.search);
  return (
    <div>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
        onClick={toggle}
        aria-expanded={isOpen}
      >
        {count === 0 ? 'Filters' : `Filters (${count})`}
      </Button>
      <Collapse expanded={isOpen} mt="sm">
        <Fields {...props} />
      </Collapse>
    </div>
  );
}

function Fields({ feed, search, onChange }: EventFiltersProps) {
  const { category, type, state, minimumSeverity, text } = search;
  const choices = choicesOf(feed, search);
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm" verticalSpacing="xs">
      <TimeRangeField range={search.range} onChange={(range) => onChange({ range })} />
      <Select
        label="Category"
        placeholder="All"
        data={choices.categories}
        value={category ?? null}
        onChange={(value) =>
          onChange({ category: value ?? undefined, type: undefined, state: undefined })
        }
        clearable
        searchable
      />
      <Select
        label="Type"
        placeholder="All"
        data={choices.types}
        value={type ?? null}
        onChange={(value) => onChange({ type: value ?? undefined, state: undefined })}
        clearable
        searchable
      />
      <Select
        label="State"
        placeholder="All"
        data={choices.states}
        value={state ?? null}
        onChange={(value) => onChange({ state: value ?? undefined })}
        clearable
      />
      <Select
        label="Severity"
        placeholder="All"
        data={severityChoices}
        value={minimumSeverity === undefined ? null : String(minimumSeverity)}
        onChange={(value) =>
          onChange({ minimumSeverity: value === null ? undefined : Number(value) })
        }
        clearable
      />
      <TextFilter
        label="Text"
        placeholder="Any words"
        value={text ?? ''}
        onChange={(words) => onChange({ text: words === '' ? undefined : words })}
      />
    </SimpleGrid>
  );
}

const severityChoices = severityBands
  .filter(({ from }) => from > 0)
  .map(({ from, title }) => ({
    value: String(from),
    label: `${title} (${from}–10)`,
  }));

/** What the feed knows, and what the URL asks for whether or not the feed knows it. */
function choicesOf({ categories }: FeedView, { category, type, state }: EventSearch) {
  const within = categories.filter(({ name }) => category === undefined || name === category);
  const types = within.flatMap((known) => known.types);
  const typesWithin = types.filter(({ name }) => type === undefined || name === type);
  return {
    categories: withChosen(categories, category),
    types: withChosen(types, type),
    states: withChosen(
      typesWithin.flatMap(({ states }) => states.map((name) => ({ name }))),
      state,
    ),
  };
}

function withChosen(known: readonly { readonly name: string }[], chosen: string | undefined) {
  const names = new Set(known.map(({ name }) => name));
  if (chosen !== undefined) names.add(chosen);
  return [...names];
}
