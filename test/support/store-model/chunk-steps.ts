import assert from 'node:assert/strict';
import type { ObjectStore } from '../../../src/objects/object-store.ts';
import { assertSame, readChunk } from '../store-reading.ts';
import { attempted, type Draw, type Outcomes } from './outcomes.ts';
import { type ChunkThing, headOf, hexOf } from './things.ts';

/** Sets a replica, whether one is there or not. */
export async function setChunk(
  store: ObjectStore,
  { slot, variants }: ChunkThing,
  draw: Draw,
  outcomes: Outcomes,
): Promise<void> {
  const chunk = variants[draw(variants.length)];
  assert.ok(chunk);
  const own = hexOf(chunk.head);
  slot.begin();
  const result = await attempted(outcomes, 'set', store.setChunk(chunk));
  if (result === undefined) return slot.unanswered({ from: undefined, to: own });
  const standing = hexOf(result.head);
  if (result.held) slot.answered([standing], standing);
  else slot.answered([undefined, own], own); // one that had to be sent again cannot tell its own from an equal one
}

/** Removes, or fails to because the guard is an old head. */
export async function removeChunk(
  store: ObjectStore,
  { slot, variants }: ChunkThing,
  draw: Draw,
  outcomes: Outcomes,
): Promise<void> {
  const [chunk] = variants;
  assert.ok(chunk);
  const guard = draw(8) === 0 ? hexOf(chunk.head) : (slot.someHead ?? hexOf(chunk.head));
  slot.begin();
  const removed = await attempted(outcomes, 'remove', store.removeChunk(chunk.id, headOf(guard)));
  if (removed === undefined) slot.unanswered({ from: guard, to: undefined });
  else if (removed) slot.answered([guard, undefined], undefined);
  else slot.refused(guard);
}

/** Puts another replica in the place of the one that may stand. */
export async function replaceChunk(
  store: ObjectStore,
  { slot, variants }: ChunkThing,
  draw: Draw,
  outcomes: Outcomes,
): Promise<void> {
  const chunk = variants[draw(variants.length)];
  assert.ok(chunk);
  const [guard, own] = [slot.someHead ?? hexOf(chunk.head), hexOf(chunk.head)];
  slot.begin();
  const replaced = await attempted(outcomes, 'replace', store.replaceChunk(chunk, headOf(guard)));
  if (replaced === undefined) slot.unanswered({ from: guard, to: own });
  else if (replaced) slot.answered([guard, own], own);
  else slot.refused(guard);
}

/** Reads head and block, which belong to one replica. */
export async function readWholeChunk(
  store: ObjectStore,
  { slot, variants }: ChunkThing,
  outcomes: Outcomes,
): Promise<void> {
  const [first] = variants;
  assert.ok(first);
  const found = await attempted(
    outcomes,
    'read',
    readChunk(store, first.id).then((chunk) => ({ chunk })),
  );
  if (found === undefined) return;
  const { chunk } = found;
  slot.seen(chunk === undefined ? undefined : hexOf(chunk.head));
  if (chunk === undefined) return;
  const variant = variants.find(({ head }) => hexOf(head) === hexOf(chunk.head));
  assertSame(chunk.block, variant?.block, `${slot.name}: block`);
}
