import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { chunksVsFilesRows } from '../../bench/chunks-vs-files/rows.ts';
import { reportSchema } from '../../bench/framework/report.ts';
import { Rounds } from '../../bench/framework/rounds.ts';
import { content } from '../../bench/support/content.ts';
import { cpuBound } from '../../bench/support/layers.ts';
import { memorySum } from '../../bench/support/memory-bound.ts';
import { SETTINGS } from '../../src/node/settings.ts';

test('the CPU bound is what all cores carry when only the named parts cost', () => {
  assert.equal(cpuBound(2, 1, 1), 1000);
  assert.equal(cpuBound(4, 2), 2000);
  assert.equal(cpuBound(2, 1.5, 0.5, 2), 500);
});

test('the memory bound is the sum that docs/operations.md gives for the defaults', async () => {
  const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const documented = Number(/\| \*\*sum\*\* \| \| \*\*(\d+) MiB\*\* \|/.exec(text)?.[1]);
  const { maxConnections, ...settings } = SETTINGS.parse({ hashThreads: '1' });
  assert.equal(memorySum(settings, maxConnections) / 2 ** 20, documented);
  assert.equal(memorySum(settings, 3) - memorySum(settings, 2), 8 * 2 ** 20);
});

/** Rounds in which every case that is asked for has the same two values. */
class AnyRounds extends Rounds {
  override get(name: string): readonly number[] {
    return name.endsWith('store alone: read stripes') ? [100, 300] : [2, 2];
  }
}

test('chunks-vs-files judges files on level by the smaller of CPU and store, and each row fits the schema', () => {
  const rows = chunksVsFilesRows(new AnyRounds(), ['level', 'files']);
  reportSchema.parse({ bench: 'chunks-vs-files', conditions: {}, rows });
  const goals = (part: string): (number | undefined)[] =>
    rows.filter((row) => row.case.includes(part)).map((row) => row.goal);
  assert.deepEqual(goals('level: set, batched'), [10, 0.5]);
  assert.deepEqual(goals('files: read, batched'), [10, 0.5]);
  const set = rows.find((row) => row.case === 'level: SetFile');
  assert.equal(set?.goal, 0.85);
  // The store alone writes 2 MB/s, which is below what the cores would carry.
  assert.equal(set?.reference?.value, 2);
  assert.equal(rows.find((row) => row.case === 'files: SetFile')?.goal, undefined);
});

test('the same seed gives the same bytes, another one others, and a longer answer starts with a shorter one', () => {
  const long = content(1, 100_000);
  assert.deepEqual(content(1, 1000), long.subarray(0, 1000));
  assert.notDeepEqual(content(2, 1000), content(1, 1000));
  assert.equal(content(3, 0).length, 0);
  // 2^24 is where a second piece begins.
  assert.equal(new Set(content(1, 2 ** 24 + 64).subarray(2 ** 24 - 64)).size > 64, true);
});
