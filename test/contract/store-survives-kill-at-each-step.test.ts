import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED } from '../support/store-adapters.ts';
import { checkAfterCrash, type Expectation, follow, runCrashChild } from '../support/store-crash.ts';

/** More steps than the script has. */
const STEP_LIMIT = 500;

for (const adapter of EMBEDDED) {
  const { name } = adapter;
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
