import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED } from '../support/store-adapters.ts';
import { checkAfterCrash, type Expectation, follow, runCrashChild } from '../support/store-crash.ts';
import { seededRandom } from '../support/store-crash-plan.ts';

const KILLS = process.env['PROVENDER_TEST_LONG'] === '1' ? 200 : 20;

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
}
