import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '../../src/objects/object-store.ts';
import type { CrashOrders } from './store-crash-plan.ts';
import type { StoreAdapter } from './store-adapters.ts';
import { thingNamed } from './store-crash-plan.ts';
import { leftovers, readRaw } from './store-raw.ts';
import { assertSame, assertWhole, readChunk, recount } from './store-reading.ts';

const CHILD = fileURLToPath(new URL('./store-crash-child.ts', import.meta.url));
const LIMIT_MS = 60_000;

/** How a crash child ended. */
export interface CrashRun {
  readonly lines: readonly string[];
  /** Signal that ended it; `undefined` when it came to its end. */
  readonly signal: NodeJS.Signals | undefined;
}

/**
 * Runs a crash child to its end, or kills it when it has told `lines` lines and `delayMs` have passed.
 */
export async function runCrashChild(
  orders: CrashOrders,
  kill?: { lines: number; delayMs: number },
): Promise<CrashRun> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(orders)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
    killSignal: 'SIGABRT',
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length === kill?.lines) setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
  });
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  assert.ok(signal === 'SIGKILL' || code === 0, `child ended with ${String(code)} ${String(signal)}`);
  return { lines, signal: signal === 'SIGKILL' ? signal : undefined };
}

/** What must be true of each name: there, absent, or either because the child was killed while it worked on it. */
export type Expectation = Map<string, 'there' | 'absent' | 'either'>;

/** Follows what a child told. */
export function follow(expected: Expectation, lines: readonly string[]): void {
  for (const line of lines) {
    const [word, operation, name] = line.split(' ');
    if (name === undefined) continue;
    if (word === 'begin') {
      const before = expected.get(name) ?? 'absent';
      const after = operation === 'set' ? 'there' : 'absent';
      expected.set(name, before === after ? after : 'either');
    } else if (word === 'done') {
      expected.set(name, operation === 'set' ? 'there' : 'absent');
    }
  }
}

/** Checks a store after a crash: acknowledged things are whole, the rest is whole or absent. */
export async function assertSurvived(store: ObjectStore, expected: Expectation): Promise<void> {
  for (const [name, state] of expected) {
    const there = await isThere(store, name);
    if (state !== 'either') assert.equal(there ? 'there' : 'absent', state, name);
    expected.set(name, there ? 'there' : 'absent');
  }
}

async function isThere(store: ObjectStore, name: string): Promise<boolean> {
  const thing = thingNamed(name);
  if ('object' in thing) {
    if ((await store.getHead(thing.object.id)) === undefined) return false;
    await assertWhole(store, thing.object);
    return true;
  }
  const chunk = await readChunk(store, thing.chunk.id);
  if (chunk === undefined) return false;
  assertSame(chunk.head, thing.chunk.head, `head of ${name}`);
  assertSame(chunk.block, thing.chunk.block, `block of ${name}`);
  return true;
}

/** Opens a store after a crash, checks it, and sees to it that nothing without a name is left in its folder. */
export async function checkAfterCrash(
  adapter: StoreAdapter,
  directory: string,
  expected: Expectation,
): Promise<void> {
  const store = await adapter.open({ directory, reserveBytes: 0 });
  try {
    await assertSurvived(store, expected);
    assert.deepEqual(store.usage(), await recount(store));
  } finally {
    await store.close();
  }
  assert.deepEqual(leftovers(await readRaw(adapter.name, directory)), []);
}
