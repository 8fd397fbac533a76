import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isPlacementReason, PLACEMENT_REASONS } from '../../src/placement/reasons.ts';
import { RECEIPT_REASONS } from '../../src/placement/receipt-reasons.ts';

/** Rows of the table under a heading of errors.md: word and text. */
async function rowsUnder(heading: string): Promise<string[][]> {
  const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

test('errors.md has one row for each reason of a placement, in order, with its text', async () => {
  const rows = await rowsUnder('Why a claim, a commitment or a storer came to nothing');
  assert.deepEqual(rows, Object.entries(PLACEMENT_REASONS));
});

test('errors.md has one row for each reason of a receipt that does not hold, and none is in both tables', async () => {
  assert.deepEqual(await rowsUnder('Why a receipt does not hold'), Object.entries(RECEIPT_REASONS));
  for (const reason of Object.keys(RECEIPT_REASONS)) assert.ok(!isPlacementReason(reason), reason);
});

test('only words of the table are reasons', () => {
  for (const reason of Object.keys(PLACEMENT_REASONS)) assert.ok(isPlacementReason(reason));
  for (const other of ['', 'toString', '__proto__', 'Late']) assert.ok(!isPlacementReason(other));
});
