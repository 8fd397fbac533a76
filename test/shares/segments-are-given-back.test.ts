import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { blockCount, STRIPE_SIZE } from '../../src/content/geometry.ts';
import { OBJECT_KIND, type ObjectId } from '../../src/content/object-id.ts';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { inlineCoder, type ReplicaCoder } from '../../src/proof/replica-coder.ts';
import { inlineHasher } from '../../src/proof/tree-hasher.ts';
import { BlockHashing } from '../../src/shares/memory/block-hashing.ts';
import { ByteBudget } from '../../src/shares/memory/byte-budget.ts';
import { DamageReports } from '../../src/shares/damage-reports.ts';
import { Heads } from '../../src/shares/heads.ts';
import type { VerifiedRun } from '../../src/shares/reading/object-reader.ts';
import { makeReaders } from '../../src/shares/reading/readers.ts';
import { RunMemory } from '../../src/shares/memory/run-memory.ts';
import { RunSources } from '../../src/shares/reading/run-source.ts';
import { RunningCalls } from '../../src/shares/running-calls.ts';
import { SegmentBuffers } from '../../src/shares/memory/segment-buffers.ts';
import { TreeCache } from '../../src/shares/memory/tree-cache.ts';
import { VerifiedRuns } from '../../src/shares/reading/verified-runs.ts';
import { testBytes } from '../proof/reference-tree.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { makeSigner } from '../support/open-shares.ts';
import { writeFile } from '../support/replica-writer.ts';

const CONTENTS = [1, 2].map((seed) => testBytes(STRIPE_SIZE + 1_500_000, seed));
/** One segment of these files, and not two. */
const ONE_SEGMENT = 9 * 2 ** 20;

/** Answers in another turn of the event loop, as threads do. */
const laterCoder: ReplicaCoder = {
  async encode(run) {
    await setImmediate();
    await inlineCoder.encode(run);
  },
  async decode(run) {
    await setImmediate();
    await inlineCoder.decode(run);
  },
};

/** Readings over little memory. */
class Readings {
  readonly store = new MemoryObjectStore();
  readonly segments = new SegmentBuffers(ONE_SEGMENT);
  readonly budget = new ByteBudget('readBufferBytes', 8 * 2 ** 20);
  readonly #heads: Heads;
  readonly #readers: ReturnType<typeof makeReaders>;
  readonly #memory = new RunMemory();
  readonly #calls = new RunningCalls();
  readonly #sources: RunSources;

  constructor() {
    const { store } = this;
    const damage = new DamageReports(store, undefined);
    this.#heads = new Heads(store, damage);
    const hashing = new BlockHashing(inlineHasher);
    this.#readers = makeReaders({
      store,
      heads: this.#heads,
      damage,
      hashing,
      cache: new TreeCache(2 ** 20),
    });
    this.#sources = new RunSources({ ...this.#readers, coder: laterCoder, segments: this.segments });
  }

  async open(id: ObjectId, signal?: AbortSignal): Promise<VerifiedRuns> {
    const object = await this.#heads.find(id, OBJECT_KIND.file);
    assert.ok(object !== undefined);
    const blocks = { first: 0, end: blockCount(object.head.statement.sizeBytes) };
    return VerifiedRuns.open(object, blocks, {
      reader: this.#readers.reader,
      sources: this.#sources,
      budget: this.budget,
      memory: this.#memory,
      call: this.#calls.start(signal),
    });
  }

  async whole(id: ObjectId): Promise<Buffer> {
    const runs = await this.open(id);
    const parts: Buffer[] = [];
    for await (const run of eachOf(runs)) parts.push(Buffer.from(run.data));
    return Buffer.concat(parts);
  }

  /** Everything is given back, also what an ended reading still waits for. */
  async checkNothingHeld(): Promise<void> {
    for (let i = 0; i < 1000 && this.segments.usedBytes + this.budget.usedBytes > 0; i++)
      await setImmediate();
    assert.deepEqual([this.segments.usedBytes, this.budget.usedBytes], [0, 0]);
  }
}

async function twoFiles(profile: number): Promise<{ readings: Readings; ids: readonly ObjectId[] }> {
  const readings = new Readings();
  const ids: ObjectId[] = [];
  for (const content of CONTENTS)
    ids.push((await writeFile({ store: readings.store, signer: makeSigner(), profile }, content)).id);
  return { readings, ids };
}

async function* eachOf(runs: VerifiedRuns): AsyncGenerator<VerifiedRun, undefined> {
  for (;;) {
    const run = await runs.next();
    if (run === undefined) return undefined;
    yield run;
  }
}

function idAt(ids: readonly ObjectId[], i: number): ObjectId {
  const id = ids[i];
  assert.ok(id !== undefined);
  return id;
}

for (const profile of [1, 2]) {
  test(`many readers share memory for one segment and all get their bytes, profile ${profile}`, async () => {
    const { readings, ids } = await twoFiles(profile);
    const reads = Array.from({ length: 12 }, (_, i) => i % 2);
    const read = await Promise.all(reads.map((which) => readings.whole(idAt(ids, which))));
    for (const [i, which] of reads.entries()) {
      const content = CONTENTS[which] ?? new Uint8Array();
      assert.equal(Buffer.compare(read[i]?.subarray(0, content.length) ?? content.subarray(1), content), 0);
    }
    await readings.checkNothingHeld();
  });

  test(`a reading that is left early gives its segment to who waits, profile ${profile}`, async () => {
    const { readings, ids } = await twoFiles(profile);
    const [first, second] = ids;
    assert.ok(first !== undefined && second !== undefined);
    const held = await readings.open(first);
    await held.next();
    const waiting = readings.whole(second);
    for (let i = 0; i < 50; i++) await setImmediate();
    // one segment, and two runs for who has some; one that is asked for by who waits
    assert.ok(readings.segments.usedBytes <= ONE_SEGMENT && readings.budget.usedBytes <= 3 * 2 ** 20);
    await held.close();
    assert.equal(Buffer.compare((await waiting).subarray(0, CONTENTS[1]?.length), CONTENTS[1] ?? first), 0);
    await readings.checkNothingHeld();
  });

  test(`an abort ends a reading wherever it is, profile ${profile}`, async () => {
    const { readings, ids } = await twoFiles(profile);
    const [first, second] = ids;
    assert.ok(first !== undefined && second !== undefined);
    for (let turns = 0; turns < 40; turns += 3) {
      const controller = new AbortController();
      const reading = (async (): Promise<void> => {
        const runs = await readings.open(first, controller.signal);
        for await (const run of eachOf(runs)) assert.ok(run.data.length > 0);
      })();
      const waits = (async (): Promise<void> => {
        const runs = await readings.open(second, controller.signal);
        await runs.next();
      })();
      const ends = Promise.allSettled([reading, waits]);
      for (let i = 0; i < turns; i++) await setImmediate();
      controller.abort();
      for (const end of await ends)
        if (end.status === 'rejected') assert.equal(end.reason.code, 'PROVENDER_CANCELLED');
      await readings.checkNothingHeld();
    }
    assert.equal((await readings.whole(first)).length % 4096, 0);
  });

  test(`a reading that fails gives everything back, profile ${profile}`, async () => {
    const { readings, ids } = await twoFiles(profile);
    const [first] = ids;
    assert.ok(first !== undefined);
    for (const { stripes } of readings.store.data.values()) stripes.delete(1);
    await assert.rejects(readings.whole(first), { code: 'PROVENDER_CORRUPT' });
    await readings.checkNothingHeld();
  });

  test(`a file that is removed while it is read is given as it was or ends in a conflict, profile ${profile}`, async () => {
    const { readings, ids } = await twoFiles(profile);
    const [first, second] = ids;
    assert.ok(first !== undefined && second !== undefined);
    const runs = await readings.open(first);
    await runs.next();
    const head = await readings.store.getHead(first);
    await readings.store.remove(first, head ?? first);
    try {
      for await (const run of eachOf(runs)) {
        const at = run.first * 4096;
        const expected: Uint8Array = CONTENTS[0]?.subarray(at, at + run.data.length) ?? first;
        assert.equal(Buffer.compare(run.data.subarray(0, expected.length), expected), 0);
      }
    } catch (error) {
      assert.ok(isProvenderError(error, 'PROVENDER_CONFLICT'), String(error));
    }
    await readings.checkNothingHeld();
    assert.equal(readings.store.marks.size, 0);
  });
}
