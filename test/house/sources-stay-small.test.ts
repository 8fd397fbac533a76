import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './lint-in-copy.ts';

/** Length in lines of each file below a folder whose name ends in one of `endings`. */
function lineCounts(folder: string, endings: readonly string[]): Map<string, number> {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const chosen = names.filter((name) => endings.some((ending) => name.endsWith(ending)));
  return new Map(
    chosen.map((name) => [name, readFileSync(join(ROOT, folder, name), 'utf8').split('\n').length - 1]),
  );
}

// the lint holds files and functions of TypeScript; what follows it cannot see
test('C++ files have at most 400 lines', () => {
  const counts = [...lineCounts('native', ['.cc', '.h'])];
  assert.ok(counts.length > 0);
  assert.deepEqual(
    counts.filter(([, lines]) => lines > 400),
    [],
  );
});

test('half of the TypeScript files have at most 150 lines', () => {
  const counts = [...lineCounts('src', ['.ts'])].filter(([name]) => !name.startsWith('generated/'));
  const sorted = counts.map(([, lines]) => lines).toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  assert.ok(median <= 150, `median is ${median} lines`);
});
