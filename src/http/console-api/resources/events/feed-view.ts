import type { Feed } from '../../../../feeds/feed.ts';
import type { FeedView } from '../../api-types.ts';
import { eventView } from './event-view.ts';

/** A feed for the console's filters and columns; gap records are among its types. */
export function feedView(feed: Feed): FeedView {
  const view = eventView(feed);
  const gap = feed.gapEvent({ fromMs: undefined, untilMs: undefined, count: 0, reason: '' }, 0);
  const gapState = view.stateOf(gap);
  const gapType = { name: gap.type, states: gapState === null ? [] : [gapState] };
  const gapCategory = view.categoryOf(gap);
  const categories = feed.categories.map(({ name, eventTypes }) => ({
    name,
    types: name === gapCategory ? [...eventTypes, gapType] : eventTypes,
  }));
  const isListed = categories.some(({ name }) => name === gapCategory);
  return {
    name: feed.name,
    title: feed.title,
    categories: isListed ? categories : [...categories, { name: gapCategory, types: [gapType] }],
    columns: view.glance.columns,
  };
}
