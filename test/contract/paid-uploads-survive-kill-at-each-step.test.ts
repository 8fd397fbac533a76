import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { test } from 'node:test';
import { FileMarks, operationOf } from '../support/payment-marks.ts';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import { runCrashChild } from '../support/store-crash.ts';
import { thingNamed } from '../support/store-crash-plan.ts';
import { leftovers, readRaw } from '../support/store-raw.ts';
import { assertSame, assertWhole, recount } from '../support/store-reading.ts';

/** More steps than a set has. */
const STEP_LIMIT = 40;
/** A collection, whose index rows are written before the payment, and a file of two stripes. */
const NAMES: Readonly<Record<string, string>> = { level: 'collection-paid', files: 'large-paid' };
const IS_LONG = process.env['PROVENDER_TEST_LONG'] === '1';

/** What a killed set left and what became of it. */
interface Found {
  readonly killed: boolean;
  readonly staged: boolean;
  readonly paid: boolean;
}

/** One set that is killed at a step, perhaps another one that is killed while it recovers, then the check. */
async function killAt(adapter: StoreAdapter, step: number, isRefused: boolean): Promise<Found> {
  await using scratch = await openScratch();
  const [directory, folder] = [scratch.at('store'), scratch.at('marks')];
  await mkdir(folder);
  const marks = new FileMarks(folder);
  const name = NAMES[adapter.name] ?? '';
  const run = (operation: number, killAtStep: number): ReturnType<typeof runCrashChild> =>
    runCrashChild({
      adapter: adapter.name,
      directory,
      killAtStep,
      paid: { name, marks: folder, operation, coarse: !IS_LONG },
    });
  if (isRefused) await marks.dropOrPublish(operationOf(1));
  const { signal, lines } = await run(1, step);
  const staged = leftovers(await readRaw(adapter.name, directory)).length > 0;
  if (step % 4 === 0) await run(2, 1 + ((step / 4) % 4));
  const paid = await check(adapter, { directory, marks, name });
  if (lines.includes('published')) assert.ok(paid, 'what was acknowledged is there');
  if (isRefused && step % 4 !== 0) assert.ok(!paid);
  return { killed: signal !== undefined, staged, paid };
}

/** P1, P2, P4 and P5: whole if a payment was committed, else nothing; usage exact; nothing left over. */
async function check(
  adapter: StoreAdapter,
  { directory, marks, name }: { directory: string; marks: FileMarks; name: string },
): Promise<boolean> {
  const thing = thingNamed(name);
  assert.ok('object' in thing);
  const store = await adapter.open({ directory, reserveBytes: 0, marks });
  const head = await store.getHead(thing.object.id);
  const decisions = await Promise.all([1, 2].map((operation) => marks.dropOrPublish(operationOf(operation))));
  const paid = decisions.flatMap((decision) => (decision.is === 'paid' ? [decision] : []));
  assert.equal(head !== undefined, paid.length > 0, 'it is there if and only if it is paid');
  if (head !== undefined) {
    await assertWhole(store, thing.object);
    assert.equal(paid.length, 1, 'what is held is not paid for again');
    assertSame(head, paid[0]?.head, 'the head that was paid for');
  }
  assert.deepEqual(store.usage(), await recount(store));
  await store.close();
  assert.deepEqual(leftovers(await readRaw(adapter.name, directory)), []);
  return head !== undefined;
}

for (const adapter of EMBEDDED) {
  // deletions of single files are stopped at by other tests
  for (const isRefused of adapter.name === 'level' || IS_LONG ? [false, true] : [false]) {
    const decision = isRefused ? 'refused' : 'committed';
    test(`${adapter.name}: a paid set whose payment is ${decision} is killed after each step`, async (t) => {
      const found: Found[] = [];
      for (let step = 1; found.at(-1)?.killed ?? true; step++) {
        assert.ok(step < STEP_LIMIT, 'the set ends');
        found.push(await killAt(adapter, step, isRefused));
      }
      t.diagnostic(`${found.length - 1} steps`);
      const published = found.filter(({ killed, staged, paid }) => killed && staged && paid);
      if (!isRefused) assert.ok(published.length > 0, 'an open published what was paid');
      assert.ok(
        found.some(({ staged, paid }) => staged && !paid),
        'an open dropped what was not',
      );
    });
  }
}
