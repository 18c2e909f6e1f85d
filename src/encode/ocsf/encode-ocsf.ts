import type { TailraceEvent } from '../../core/event.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { compileMeaning } from '../event-meaning.ts';
import { compileOcsfForm, type OcsfForm } from './ocsf-form.ts';
import { ocsfClasses } from './ocsf-classes.ts';

/**
 * The Open Cybersecurity Schema Framework: one JSON object per line, of the class that the feed's
 * meanings name for the event's type. An event that lacks what its class requires is a Base Event,
 * which requires nothing: a wrong claim is worse than none.
 */
export function compileOcsf(feed: Feed, { facility }: EncoderOptions): Encoder {
  const meaningOf = compileMeaning(feed);
  const forms = new Map<number, OcsfForm>();
  const formOf = (classUid: number): OcsfForm => {
    let form = forms.get(classUid);
    form ??= compileOcsfForm(feed, facility, isClass(classUid) ? classUid : 0);
    forms.set(classUid, form);
    return form;
  };
  return (event: TailraceEvent) => {
    const { classUid, activityId } = meaningOf(event).ocsf;
    return formOf(classUid)(event, activityId) ?? formOf(0)(event, 99) ?? '{}';
  };
}

function isClass(uid: number): uid is keyof typeof ocsfClasses {
  return uid in ocsfClasses;
}
