import { edit, type Sabotage } from './sabotage.ts';

const deliver = 'pipeline/deliver.ts';
const fileSink = 'sinks/file/sink.ts';
const appendFile = 'sinks/file/append-file.ts';

/** Between the store and the files in front of a watcher. */
export const filesSabotages: readonly Sabotage[] = [
  {
    what: 'the position is committed after the file is published',
    edits: [
      edit(
        deliver,
        'await this.#save(slice, intent, signal);\n    this.#intent = intent;',
        'this.#intent = intent;',
      ),
      edit(
        deliver,
        'this.#sink.publish(intent), signal);',
        'this.#sink.publish(intent), signal); await this.#save(slice, intent, signal);',
      ),
    ],
  },
  {
    what: 'the staged file is not synced',
    edits: [edit(fileSink, 'await file.sync();', '')],
  },
  {
    what: 'the watched directory is not synced',
    edits: [edit('sinks/file/move-file.ts', 'await disk.syncDirectory(path);', '')],
  },
  {
    what: 'the staging directory is not synced',
    edits: [edit(fileSink, 'await this.#disk.syncDirectory(this.#layout.stagingDirectory);', '')],
  },
  {
    what: 'staged files are not discarded at the start',
    edits: [
      edit(
        fileSink,
        'await this.#sayRepeats(stream, intent);\n      await this.#discardStaged(stream);',
        'await this.#sayRepeats(stream, intent);',
      ),
    ],
  },
  {
    what: 'a staged file that could not be taken away stays',
    edits: [
      edit(
        fileSink,
        'if (this.#failed.has(slice.stream)) await this.#discardStaged(slice.stream);',
        '',
      ),
    ],
  },
  {
    what: 'an interrupted publication is not finished at the start',
    edits: [
      edit(fileSink, 'if (!isLeft) {\n      await this.#makeVisible(intent);', 'if (!isLeft) {'),
    ],
  },
  {
    what: 'recovery writes its manifest entry without looking',
    edits: [
      edit(
        fileSink,
        'await this.#manifest(intent).appendOnce(',
        'await this.#manifest(intent).append(',
      ),
    ],
  },
  {
    what: "recovery looks at the manifest's last entry only",
    edits: [
      edit(
        'sinks/file/manifest-file.ts',
        'if (entry.lastPosition < facts.firstPosition) return false;',
        'return false;',
      ),
    ],
  },
  {
    what: 'mode `append`: an interrupted append begins anew',
    edits: [edit(appendFile, 'await commonBytes(staged, file, begin)', '0')],
  },
  {
    what: 'mode `append`: a line is glued to half a line',
    edits: [edit(appendFile, 'if (last === lineFeed) return sizeBytes;', 'return sizeBytes;')],
  },
];
