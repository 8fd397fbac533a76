import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openScratch } from '../support/scratch.ts';
import { databaseFolder } from '../support/store-raw.ts';
import { EMBEDDED } from '../support/store-adapters.ts';
import { type SystemCall, traceScript } from '../support/system-call-trace.ts';

// A kill cannot show a missing fsync, since the kernel keeps what was written. The order of system calls does.

const CHILD = fileURLToPath(new URL('../support/store-trace-child.ts', import.meta.url));
const isSync = ({ name }: SystemCall): boolean => name === 'fsync' || name === 'fdatasync';
const isWrite = ({ name }: SystemCall): boolean => /^p?writev?(64)?$/.test(name);
const isRename = ({ name }: SystemCall): boolean => name.startsWith('rename');
const isLog = (path: string): boolean => path.endsWith('.log');

const isTemporary = (call: SystemCall, directory: string): boolean =>
  isWrite(call) && (call.paths[0] ?? '').startsWith(`${directory}/tmp/`);

/** Calls of one adapter, and where the marks of the child lie. */
class Trace {
  readonly #calls: readonly SystemCall[];

  constructor(calls: readonly SystemCall[]) {
    this.#calls = calls;
  }

  /** Operations that the child marked, with the calls between begin and done. */
  operations(): { name: string; calls: readonly SystemCall[] }[] {
    const marks = this.#calls.filter(({ text }) => text.includes('"mark: '));
    return marks.flatMap((mark) => {
      const [, name] = /mark: begin ([^\\]*)/.exec(mark.text) ?? [];
      const done = marks.find(({ text }) => name !== undefined && text.includes(`mark: done ${name}\\n`));
      if (name === undefined || done === undefined) return [];
      return [{ name, calls: this.#calls.filter(({ start, end }) => start > mark.end && end < done.start) }];
    });
  }
}

/** Fails unless a sync of `path` begins after `after` has ended; gives it. */
function syncOf(path: string, after: SystemCall, calls: readonly SystemCall[]): SystemCall {
  const sync = calls.find((call) => isSync(call) && call.paths[0] === path && call.start > after.end);
  assert.ok(sync, `no fsync of ${path} after ${after.text}`);
  return sync;
}

/** Fails unless LevelDB's log is fsynced after the last write to it; after the first for a removal, behind which data goes already. */
function logSync(what: string, calls: readonly SystemCall[]): { first: SystemCall; sync: SystemCall } {
  const writes = calls.filter((call) => isWrite(call) && isLog(call.paths[0] ?? ''));
  const [first] = writes;
  const last = what.startsWith('remove ') ? first : writes.at(-1);
  assert.ok(first && last, `${what}: nothing was written to the log`);
  return { first, sync: syncOf(last.paths[0] ?? '', last, calls) };
}

for (const { name: adapter } of EMBEDDED) {
  test(`${adapter}: every acknowledged write is on the disk first, data before head`, {
    timeout: 100_000,
  }, async (t) => {
    await using scratch = await openScratch();
    const directory = scratch.at('store');
    const calls = await traceScript(CHILD, { args: [adapter, directory], output: scratch.at('trace') });
    const trace = new Trace(calls.filter(({ text }) => text.includes(directory) || text.includes('mark: ')));
    const operations = trace.operations();
    assert.equal(operations.length, 13, 'all marks are in the trace');
    const database = `${directory}/${databaseFolder(adapter)}/`;
    for (const { name, calls: inside } of operations) {
      const onFiles = adapter === 'files' && /^crowd|^(set|remove) chunk|^stripe|^roots/.test(name);
      if (!onFiles) {
        const { sync } = logSync(name, inside);
        assert.ok((sync.paths[0] ?? '').startsWith(database));
      }
      for (const write of inside.filter((call) => isTemporary(call, directory))) {
        const sync = syncOf(write.paths[0] ?? '', write, inside);
        const rename = inside.find((call) => isRename(call) && call.paths.includes(write.paths[0] ?? ''));
        assert.ok(rename && rename.start > sync.end, `${name}: rename after fsync of the data`);
      }
    }
    if (adapter === 'files') checkFiles(operations, directory);
    else checkGroups(operations);
    checkRemoval(trace, database);
    t.diagnostic(`${calls.length} calls`);
  });
}

/** Names are durable before the answer (chunk) and before the publishing batch (file, collection). */
function checkFiles(
  operations: readonly { name: string; calls: readonly SystemCall[] }[],
  directory: string,
): void {
  const inside = (wanted: string) => operations.find(({ name }) => name === wanted)?.calls ?? [];
  const set = inside('set chunk');
  const rename = set.find(isRename);
  assert.ok(rename);
  syncOf((rename.paths.at(-1) ?? '').replace(/\/[^/]*$/, ''), rename, set);
  for (const made of set.filter(({ name }) => name.startsWith('mkdir')))
    syncOf((made.paths.at(-1) ?? '').replace(/\/[^/]*$/, ''), made, set);
  const removal = inside('remove chunk').find(({ name }) => name.startsWith('unlink'));
  assert.ok(removal);
  syncOf((removal.paths.at(-1) ?? '').replace(/\/[^/]*$/, ''), removal, inside('remove chunk'));
  for (const object of ['file', 'collection']) {
    assert.ok(inside(`stripe ${object} 0`).some(isRename));
    const publish = inside(`publish ${object}`);
    const { first } = logSync(`publish ${object}`, publish);
    const folder = publish.find(
      (call) => isSync(call) && (call.paths[0] ?? '').startsWith(`${directory}/d/`),
    );
    assert.ok(folder && folder.end < first.start, `${object}: folder fsync before the publishing batch`);
  }
}

/** Chunks that are set together share batches, hence fsyncs. */
function checkGroups(operations: readonly { name: string; calls: readonly SystemCall[] }[]): void {
  const syncs = operations.find(({ name }) => name === 'crowd')?.calls.filter(isSync) ?? [];
  assert.ok(syncs.length >= 1 && syncs.length <= 16, `${syncs.length} fsyncs for 64 chunks set together`);
}

/** Data goes only after the batch that takes the head away is on the disk. */
function checkRemoval(trace: Trace, database: string): void {
  const early = trace
    .operations()
    .filter(({ name }) => name.startsWith('remove file') || name.startsWith('remove collection'))
    .flatMap(({ name, calls }) => {
      const { sync } = logSync(name, calls); // that of the batch without the head
      return calls.filter((call) => call.name.startsWith('unlink') && call.start < sync.end);
    });
  assert.deepEqual(
    early.filter(({ paths }) => paths.every((path) => !path.startsWith(database))),
    [],
  );
}
