import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryDisk } from './memory-disk.ts';

const nothing = () => 0;
const everything = (whole: number) => whole;

describe('disk in memory', () => {
  it('shows what was written at once, and after power loss what was synced', () => {
    const disk = newDisk();
    const file = disk.open('/dir/a', 'new');
    disk.write(file, Buffer.from('one'), 0);
    disk.sync(file);
    disk.syncDirectory('/dir');
    disk.write(file, Buffer.from('two'), 3);
    assert.equal(contentOf(disk, '/dir/a'), 'onetwo');
    disk.losePower(nothing);
    assert.equal(contentOf(disk, '/dir/a'), 'one');
  });

  it('forgets a file whose name was not synced, however well its content was', () => {
    const disk = newDisk();
    const file = disk.open('/dir/a', 'new');
    disk.write(file, Buffer.from('one'), 0);
    disk.sync(file);
    disk.losePower(nothing);
    assert.equal(contentOf(disk, '/dir/a'), undefined);
  });

  it('takes a rename back unless the directory it led to was synced', () => {
    const disk = newDisk();
    disk.makeDirectory('/dir/watched');
    disk.open('/dir/a', 'new');
    disk.syncDirectory('/dir');
    disk.rename('/dir/a', '/dir/watched/b');
    disk.losePower(nothing);
    assert.deepEqual([...disk.content().keys()], ['/dir/a']);
    disk.rename('/dir/a', '/dir/watched/b');
    disk.syncDirectory('/dir/watched');
    disk.losePower(nothing);
    assert.deepEqual([...disk.content().keys()], ['/dir/watched/b']);
  });

  it('brings back a file whose removal was not synced', () => {
    const disk = newDisk();
    disk.open('/dir/a', 'new');
    disk.syncDirectory('/dir');
    disk.remove('/dir/a');
    disk.losePower(nothing);
    assert.deepEqual([...disk.content().keys()], ['/dir/a']);
  });

  it('tears a write where it is told to, and keeps what survives in order', () => {
    const disk = newDisk();
    const file = disk.open('/dir/a', 'new');
    disk.write(file, Buffer.from('abcdef'), 0);
    disk.losePower((whole) => (whole === 6 ? 4 : whole));
    assert.equal(contentOf(disk, '/dir/a'), 'abcd');
    disk.rename('/dir/a', '/dir/b');
    disk.losePower(everything);
    assert.deepEqual([...disk.content().keys()], ['/dir/b']);
  });

  it('keeps for good what a watcher has taken', () => {
    const disk = newDisk();
    disk.open('/dir/a', 'new');
    disk.syncDirectory('/dir');
    disk.rename('/dir/a', '/dir/b');
    disk.take('/dir/b');
    disk.losePower(nothing);
    assert.deepEqual([...disk.content().keys()], []);
  });

  it('refuses as an operating system does', () => {
    const disk = newDisk();
    disk.open('/dir/a', 'new');
    assert.throws(() => disk.open('/dir/a', 'new'), { code: 'EEXIST' });
    assert.throws(() => disk.open('/dir/b', 'existing'), { code: 'ENOENT' });
    assert.throws(() => disk.open('/nowhere/b', 'any'), { code: 'ENOENT' });
    assert.throws(() => disk.rename('/dir/b', '/dir/c'), { code: 'ENOENT' });
    assert.throws(() => disk.list('/nowhere'), { code: 'ENOENT' });
  });
});

/** With one directory that is there to stay. */
function newDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  disk.makeDirectory('/dir');
  disk.syncDirectory('/');
  return disk;
}

function contentOf(disk: MemoryDisk, path: string): string | undefined {
  return disk.content().get(path)?.toString();
}
