import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isProvenderError } from '../../src/content/provender-error.ts';
import { CRASH_OBJECTS } from '../support/encode-crash-objects.ts';
import { openShares } from '../support/open-shares.ts';
import { openScratch } from '../support/scratch.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import type { CrashOrders } from '../support/store-crash-plan.ts';
import { leftovers, readRaw } from '../support/store-raw.ts';
import { recount } from '../support/store-reading.ts';

const CHILD = fileURLToPath(new URL('../support/encode-crash-child.ts', import.meta.url));
const LIMIT_MS = 60_000;
/** More steps than the child takes. */
const STEP_LIMIT = 100;
/** Children at a time: each has a folder of its own. */
const AT_ONCE = 2;

/** Runs the child to its end or its kill; what it said was acknowledged. */
function runChild(orders: CrashOrders): Promise<{ done: string[]; isKilled: boolean }> {
  return new Promise((resolve, reject) => {
    const args = ['--import', 'tsx', CHILD, JSON.stringify(orders)];
    execFile(
      process.execPath,
      args,
      { timeout: LIMIT_MS, killSignal: 'SIGABRT' },
      (error, stdout, stderr) => {
        const isKilled = error?.signal === 'SIGKILL';
        if (error !== null && !isKilled) reject(new Error(`the child failed: ${stderr}`, { cause: error }));
        else resolve({ done: stdout.split('\n').filter((line) => line !== ''), isKilled });
      },
    );
  });
}

/** Opens what a crash left: every replica is whole or absent, those that were acknowledged are whole, and nothing else is there. */
async function check(adapter: StoreAdapter, directory: string, done: readonly string[]): Promise<void> {
  const store = await adapter.open({ directory, reserveBytes: 0 });
  {
    await using open = await openShares({ store });
    for (const object of CRASH_OBJECTS) {
      const { name, content } = object;
      const found = await object.read(open.shares).catch((error: unknown) => {
        assert.ok(isProvenderError(error, 'PROVENDER_NOT_FOUND'), `${name}: ${String(error)}`);
        return undefined;
      });
      if (found === undefined) assert.ok(!done.includes(name), `${name} was acknowledged and is gone`);
      else assert.ok(Buffer.from(content).equals(found), name);
    }
    assert.deepEqual(open.reports, []);
    assert.deepEqual(store.usage(), await recount(store));
  }
  assert.deepEqual(leftovers(await readRaw(adapter.name, directory)), []);
}

/** Kills a child at one step, or lets it end, and checks what it left. @returns whether it was killed */
async function crash(adapter: StoreAdapter, killAtStep: number): Promise<boolean> {
  assert.ok(killAtStep < STEP_LIMIT, 'the child ends');
  await using scratch = await openScratch();
  const directory = scratch.at('store');
  const { done, isKilled } = await runChild({ adapter: adapter.name, directory, killAtStep });
  await check(adapter, directory, done);
  if (!isKilled) assert.equal(done.length, CRASH_OBJECTS.length);
  return isKilled;
}

for (const adapter of EMBEDDED) {
  test(`${adapter.name}: killed after each durable step of sets of replicas it has whole ones only`, async (t) => {
    let step = 0;
    let steps = Number.POSITIVE_INFINITY;
    const worker = async (): Promise<void> => {
      for (let at = ++step; at < steps; at = ++step)
        if (!(await crash(adapter, at))) steps = Math.min(steps, at);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    t.diagnostic(`${steps - 1} steps`);
  });
}
