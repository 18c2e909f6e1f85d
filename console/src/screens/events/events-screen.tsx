import { SegmentedControl } from '@mantine/core';
import { useSearchParams } from 'react-router';
import type { FeedView } from '../../../../src/http/console-api/api-types.ts';
import { useApiQuery } from '../../api/use-api-query.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { useTenant } from '../../session/session-context.ts';
import { EventBrowser } from './event-browser.tsx';
import { readEventSearch, writeEventSearch, type EventSearch } from './event-search.ts';

/** Every event of the organization that is kept: find it, read it, watch new ones come, take it away. */
export function EventsScreen() {
  const tenant = useTenant();
  const feeds = useApiQuery('GET /tenants/:tenant/feeds', { path: { tenant } });
  return (
    <QueryView query={feeds} loading={<EventsHeader />}>
      {(answer) => <Feeds feeds={answer.feeds} tenant={tenant} />}
    </QueryView>
  );
}

function EventsHeader() {
  return <PageHeader title="Events" />;
}

function Feeds({
  feeds,
  tenant,
}: {
  readonly feeds: readonly FeedView[];
  readonly tenant: string;
}) {
  const [parameters, setParameters] = useSearchParams();
  const search = readEventSearch(parameters);
  const feed = feeds.find(({ name }) => name === search.feed) ?? feeds[0];
  if (feed === undefined) {
    return (
      <>
        <EventsHeader />
        <EmptyState title="No product sends events here">
          This service has no feed for your organization yet.
        </EmptyState>
      </>
    );
  }
  const show = (next: EventSearch, isStep = true): void =>
    setParameters(writeEventSearch(next), { replace: !isStep, preventScrollReset: true });
  return (
    <EventBrowser
      key={feed.name}
      tenant={tenant}
      feed={feed}
      search={search}
      onSearch={show}
      feedSwitch={
        feeds.length > 1 && (
          <SegmentedControl
            aria-label="Product"
            size="sm"
            value={feed.name}
            data={feeds.map(({ name, title }) => ({ value: name, label: title }))}
            onChange={(name) => show({ feed: name, range: search.range, isLive: search.isLive })}
          />
        )
      }
    />
  );
}
