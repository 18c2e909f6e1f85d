import { AppError } from '../../core/errors.ts';
import type { TailraceEvent } from '../../core/event.ts';
import type { Feed } from '../../feeds/feed.ts';

export function readLineEvent(_feed: Feed, _line: string): TailraceEvent {
  throw new AppError('line_invalid', 'pending');
}
