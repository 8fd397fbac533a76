import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import { assertSurvived, type Expectation, follow, runCrashChild } from '../support/store-crash.ts';
import { seededRandom } from '../support/store-crash-plan.ts';
import { leftovers, readRaw } from '../support/store-raw.ts';

const KILLS = process.env['PROVENDER_TEST_LONG'] === '1' ? 200 : 20;
/** More steps than the script has. */
const STEP_LIMIT = 500;

async function checkAfterCrash(
  adapter: StoreAdapter,
  directory: string,
  expected: Expectation,
): Promise<void> {
  const store = await adapter.open({ directory, reserveBytes: 0 });
  try {
    await assertSurvived(store, expected);
  } finally {
    await store.close();
  }
  assert.deepEqual(leftovers(await readRaw(adapter.name, directory)), []);
}

for (const adapter of EMBEDDED) {
  const { name } = adapter;
  test(`${name}: killed ${KILLS} times at random moments of a mixed load it loses nothing that was acknowledged`, async (t) => {
    await using scratch = await openScratch();
    const directory = scratch.at('store');
    const expected: Expectation = new Map();
    const seed = Number(process.env['PROVENDER_TEST_SEED'] ?? Date.now() % 1_000_000);
    t.diagnostic(`PROVENDER_TEST_SEED=${seed}`);
    for (let i = 0; i < KILLS; i++) {
      const random = seededRandom(seed + i);
      const kill = { lines: 1 + Math.floor(random() * 200), delayMs: random() * 20 };
      const { lines, signal } = await runCrashChild({ adapter: name, directory, seed: seed + i }, kill);
      assert.equal(signal, 'SIGKILL');
      follow(expected, lines);
      await checkAfterCrash(adapter, directory, expected);
    }
  });

  test(`${name}: killed after each durable step in turn it is whole`, async (t) => {
    for (let step = 1; ; step++) {
      assert.ok(step < STEP_LIMIT, 'the script ends');
      await using scratch = await openScratch();
      const directory = scratch.at('store');
      const { lines, signal } = await runCrashChild({ adapter: name, directory, killAtStep: step });
      const expected: Expectation = new Map();
      follow(expected, lines);
      if (step % 2 === 0) {
        // And once more, while it recovers or soon after.
        const again = await runCrashChild({ adapter: name, directory, killAtStep: 1 + ((step / 2) % 4) });
        follow(expected, again.lines);
      }
      await checkAfterCrash(adapter, directory, expected);
      if (signal === undefined) {
        t.diagnostic(`${step - 1} steps`);
        return;
      }
    }
  });
}
