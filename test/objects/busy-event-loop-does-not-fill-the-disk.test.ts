import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskGuard } from '../../src/objects/embedded/disk-guard.ts';
import { openScratch } from '../support/scratch.ts';

/** Longer than a measurement of the free room is believed. */
const BUSY_MS = 150;

function keepBusy(): void {
  const end = performance.now() + BUSY_MS;
  while (performance.now() < end);
}

test('a write is not refused because the event loop was busy after the free room was measured', async () => {
  await using scratch = await openScratch();
  const guard = new DiskGuard(scratch.at('.'), 0);
  const busy = guard.admit(1, async () => keepBusy());
  const admitted = await Promise.all([busy, guard.admit(1, async () => 'written')]);
  assert.equal(admitted[1], 'written');
  await guard.close();
});
