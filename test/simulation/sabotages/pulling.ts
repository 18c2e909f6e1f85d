import { edit, type Sabotage } from './sabotage.ts';

const collect = 'pipeline/collect.ts';
const apptranaSchedule = 'sources/apptrana/schedule.ts';

/** Between a product and the store of a collector. */
export const pullingSabotages: readonly Sabotage[] = [
  {
    what: 'the checkpoint is committed apart from its events',
    edits: [
      edit(
        collect,
        '...(value === undefined ? {} : { checkpoint: { source: source.name, value } }),',
        '',
      ),
      edit(
        collect,
        'return duplicates;',
        'if (value !== undefined) await store.saveCheckpoint(source.name, value); return duplicates;',
      ),
    ],
  },
  {
    what: 'the checkpoint is saved before its events',
    edits: [
      edit(
        collect,
        'const { duplicates } = await store.append({',
        'if (value !== undefined) await store.saveCheckpoint(source.name, value); const { duplicates } = await store.append({',
      ),
    ],
  },
  {
    what: 'an append that was rejected is repeated without looking whether it was committed',
    edits: [edit(collect, 'this.#tried !== page || !(await this.#isKept(page))', 'page')],
  },
  {
    what: 'repeated events are not compared with the stream',
    edits: [edit(collect, 'if (!page.mayRepeat) {', 'if (page) {')],
  },
  {
    what: 'what a source that starts again may repeat is forgotten with the process',
    edits: [
      edit(
        'pipeline/held-events.ts',
        'await this.#store.saveCheckpoint(this.#reachName, JSON.stringify(reach));',
        '',
      ),
    ],
  },
  {
    what: 'an `Idempotency-Key` is ignored',
    edits: [
      edit(
        'http/ingest/route.ts',
        'key === undefined || digest === undefined ? undefined : { key, digest }',
        'undefined',
      ),
    ],
  },
  {
    what: 'after an expired cursor, events are not compared with the stream',
    edits: [
      edit(
        'sources/druva/checkpoint.ts',
        'return { version, api, ...held, repeating: true,',
        'return { version, api, ...held, repeating: false,',
      ),
    ],
  },
  {
    what: 'a page of another Tailrace that was cut off is taken for whole',
    setting: 'tailrace',
    edits: [
      edit(
        'sources/tailrace/events.ts',
        "throw misbehaved('the last line is not complete')",
        'break',
      ),
      edit(
        'sources/tailrace/source.ts',
        'lastPosition - firstPosition + 1 === count',
        'lastPosition - firstPosition + 1 >= count',
      ),
    ],
  },
  {
    what: 'a cursor is not compared with the events it was given for',
    edits: [
      edit('http/events-api/cursors.ts', 'present !== undefined && mark !== present', '!mark'),
    ],
  },
  {
    what: 'a position of the Streams API is not compared with the event that was given out there',
    setting: 'tailrace',
    edits: [
      edit(
        'http/streams-api/route.ts',
        'if (present === undefined || present === mark) return;',
        'return;',
      ),
    ],
  },
  {
    what: 'a cursor beyond the head is accepted',
    edits: [
      edit('http/events-api/cursors.ts', 'position > head', 'position < 0'),
      edit(
        'http/export-pages.ts',
        'if (after !== undefined && after > headPosition)',
        'if (!info)',
      ),
    ],
  },
  {
    what: 'AppTrana: the backfill counts from the first answer',
    setting: 'apptrana',
    edits: [
      edit(
        'sources/apptrana/source.ts',
        'this.#serverClock.timeAt(known.begunMs ?? Infinity)',
        'Infinity',
      ),
    ],
  },
  {
    what: 'AppTrana is not asked again for what was added late',
    setting: 'apptrana',
    edits: [
      edit(
        apptranaSchedule,
        'if (audit === undefined || sweep !== undefined || nowMs < audit.dueMs) return track;',
        'if (audit !== null) return track;',
      ),
    ],
  },
  {
    what: 'AppTrana is not asked again after a clock was wrong',
    setting: 'apptrana',
    edits: [
      edit(
        apptranaSchedule,
        'return { track: goneBack(track, nowMs, settings), gap: undefined };',
        'return { track: { ...track, askedAtMs: nowMs }, gap: undefined };',
      ),
    ],
  },
  {
    what: "AppTrana's windows are not closed by the service's time",
    setting: 'apptrana without sweeps',
    edits: [
      edit(
        'sources/apptrana/server-clock.ts',
        'if (this.#offsetMs === undefined) return',
        'if (this.#clock) return',
      ),
    ],
  },
  {
    what: "what comes twice at the bounds of AppTrana's windows is stored twice",
    setting: 'apptrana',
    edits: [
      edit(collect, 'await this.#held.withoutHeld(page.events, this.#signal)', 'page.events'),
    ],
  },
  {
    what: "AppTrana's windows do not overlap",
    setting: 'apptrana without sweeps',
    edits: [edit('sources/apptrana/client.ts', 'time(fromMs - overlap)', 'time(fromMs)')],
  },
];
