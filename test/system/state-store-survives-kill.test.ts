import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { openScratch } from '../support/scratch.ts';
import { seededRandom } from '../support/store-crash-plan.ts';

const CHILD = fileURLToPath(new URL('../support/state-crash-child.ts', import.meta.url));
const KILLS = process.env['PROVENDER_TEST_LONG'] === '1' ? 100 : 12;
const LANES = 4;

/** Starts a child that writes; `lines` fills with what it tells. */
async function startChild(directory: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, directory, String(LANES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  });
  const reader = createInterface({ input: child.stdout });
  const lines: string[] = [];
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]);
  reader.on('line', (line) => void lines.push(line));
  await once(reader, 'line');
  return { child, reader, lines, ended };
}

/** Runs a child until it has told `count` lines, and kills it a moment later. */
async function runKilled(directory: string, count: number, delayMs: number): Promise<readonly string[]> {
  const { child, reader, lines, ended } = await startChild(directory);
  while (lines.length < count) await once(reader, 'line');
  setTimeout(() => child.kill('SIGKILL'), delayMs);
  await ended;
  return lines.slice(1);
}

test(`a state store killed ${KILLS} times at random moments has every acknowledged transaction, and none by half`, async (t) => {
  await using scratch = await openScratch();
  const directory = scratch.at('state');
  const seed = Number(process.env['PROVENDER_TEST_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`PROVENDER_TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  const acknowledged = new Map<number, number>();
  let revision = 0;
  for (let i = 0; i < KILLS; i++) {
    for (const line of await runKilled(directory, 2 + Math.floor(random() * 100), random() * 20)) {
      const [lane = 0, n = 0, at = 0] = line.split(' ').map(Number);
      acknowledged.set(lane, n);
      assert.ok(at > revision, 'revisions grow, over all lives of the store');
      revision = at;
    }
    await using store = await LevelStateStore.open({ directory });
    for (let lane = 0; lane < LANES; lane++) {
      const [n, copy, again] = await Promise.all(
        ['n', 'copy', 'again'].map((name) => store.get(`${name}/${lane}`)),
      );
      const value = n === undefined ? 0 : Number(new TextDecoder().decode(n.value));
      const known = acknowledged.get(lane) ?? 0;
      // the one that was under way may have landed
      assert.ok(value === known || value === known + 1, `lane ${lane}: ${value}, acknowledged ${known}`);
      acknowledged.set(lane, value);
      assert.deepEqual([copy?.value, again?.value], [n?.value, n?.value]);
      assert.deepEqual([copy?.modRevision, again?.modRevision], [n?.modRevision, n?.modRevision]);
    }
    assert.deepEqual((await store.range('leased/')).records, []);
  }
});

test('a second process is told who has the folder, and harms nothing', async () => {
  await using scratch = await openScratch();
  const directory = scratch.at('state');
  const { child, ended } = await startChild(directory);
  try {
    await assert.rejects(LevelStateStore.open({ directory }), (error) => {
      assert.ok(error instanceof ProvenderError);
      assert.equal(error.code, 'PROVENDER_CONFIG');
      assert.match(error.message, new RegExp(`in use by process ${child.pid}: `));
      return true;
    });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  await using store = await LevelStateStore.open({ directory });
  assert.deepEqual((await store.range('leased/')).records, []);
});
