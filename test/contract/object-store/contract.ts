import type { StoreHarness } from './harness.ts';
import { indexRows } from './index-rows.ts';
import { lifetime } from './lifetime.ts';
import { listing } from './listing.ts';
import { loneChunks } from './lone-chunks.ts';
import { paidUploads } from './paid.ts';
import { reading } from './reading.ts';
import { replacing } from './replacing.ts';
import { staging } from './staging.ts';
import { usage } from './usage.ts';

/** Registers the tests that every object store has to pass. */
export function objectStoreContract(harness: StoreHarness): void {
  for (const part of [
    loneChunks,
    staging,
    reading,
    replacing,
    indexRows,
    paidUploads,
    listing,
    usage,
    lifetime,
  ])
    part(harness);
}
