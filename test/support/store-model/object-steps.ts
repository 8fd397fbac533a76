import assert from 'node:assert/strict';
import { compareBytes } from '../../../src/content/object-id.ts';
import { decodeHead } from '../../../src/objects/head.ts';
import type { ObjectStore } from '../../../src/objects/object-store.ts';
import type { Tag } from '../../../src/objects/tag.ts';
import type { StoredObject } from '../store-objects.ts';
import { assertSame } from '../store-reading.ts';
import { attempted, type Draw, type Outcomes } from './outcomes.ts';
import { headOf, hexOf, type ObjectThing } from './things.ts';

/** Stages and publishes, whether one stands or not. */
export async function setObject(
  store: ObjectStore,
  { slot, object }: ObjectThing,
  outcomes: Outcomes,
): Promise<void> {
  const tag = await stage(store, object, outcomes);
  if (tag === undefined) return;
  const own = hexOf(object.head(tag));
  slot.begin();
  const result = await attempted(outcomes, 'publish', store.publish(object.id, object.head(tag)));
  if (result === undefined) slot.unanswered({ from: undefined, to: own });
  else if (result.held) slot.answered([hexOf(result.head)], hexOf(result.head));
  else slot.answered([undefined], own);
  if (result?.held !== false) await giveUp(store, tag, outcomes);
}

/** Stages anew and puts that in the place of what may stand. */
export async function replaceObject(
  store: ObjectStore,
  { slot, object }: ObjectThing,
  outcomes: Outcomes,
): Promise<void> {
  const guard = slot.someHead;
  if (guard === undefined) return;
  const tag = await stage(store, object, outcomes);
  if (tag === undefined) return;
  const own = hexOf(object.head(tag));
  slot.begin();
  const call = store.replace(object.id, object.head(tag), headOf(guard));
  const replaced = await attempted(outcomes, 'replace', call);
  if (replaced === undefined) slot.unanswered({ from: guard, to: own });
  else if (replaced) slot.answered([guard], own);
  else slot.refused(guard);
  if (replaced !== true) await giveUp(store, tag, outcomes);
}

/** Removes what may stand. */
export async function removeObject(
  store: ObjectStore,
  { slot, object }: ObjectThing,
  outcomes: Outcomes,
): Promise<void> {
  const guard = slot.someHead;
  if (guard === undefined) return;
  slot.begin();
  const removed = await attempted(outcomes, 'remove', store.remove(object.id, headOf(guard)));
  if (removed === undefined) slot.unanswered({ from: guard, to: undefined });
  else if (removed) slot.answered([guard, undefined], undefined);
  else slot.refused(guard);
}

/** Reads the head, then a range of a stripe, the stripe roots, and a row of the index. */
export async function readRange(
  store: ObjectStore,
  thing: ObjectThing,
  draw: Draw,
  outcomes: Outcomes,
): Promise<void> {
  const { slot, object } = thing;
  const found = await attempted(outcomes, 'head', headNow(store, thing));
  if (found === undefined) return;
  slot.seen(found.standing);
  const { standing } = found;
  if (standing === undefined) return;
  const tag = decodeHead(headOf(standing)).tag;
  const number = draw(Math.max(1, object.stripes.length));
  const stripe = object.stripes[number];
  if (stripe !== undefined) {
    const offset = draw(stripe.length);
    const extents = [
      { offset, length: 1 + draw(stripe.length - offset) },
      { offset: 0, length: Math.min(100, stripe.length) },
    ];
    const parts = await attempted(
      outcomes,
      'range',
      store.readStripe(tag, number, extents).then((read) => ({ read })),
    );
    if (parts !== undefined) {
      if (parts.read === undefined) return assertMoved(store, thing, standing, outcomes);
      for (const [i, { offset: at, length }] of extents.entries())
        assertSame(parts.read[i], stripe.subarray(at, at + length), `${slot.name}: bytes ${at}+${length}`);
    }
  }
  await readRoots(store, thing, { tag, standing }, outcomes);
  await findOne(store, thing, { tag, standing, draw }, outcomes);
}

async function headNow(
  store: ObjectStore,
  { object }: ObjectThing,
): Promise<{ standing: string | undefined }> {
  const head = await store.getHead(object.id);
  return { standing: head === undefined ? undefined : hexOf(head) };
}

/** Data was missing under a head: by now another one has to stand, or none. */
async function assertMoved(
  store: ObjectStore,
  thing: ObjectThing,
  before: string,
  outcomes: Outcomes,
): Promise<void> {
  const now = await attempted(outcomes, 'head', headNow(store, thing));
  if (now === undefined) return;
  assert.notEqual(now.standing, before, `${thing.slot.name}: a head stands without its data`);
  thing.slot.seen(now.standing);
}

async function readRoots(
  store: ObjectStore,
  thing: ObjectThing,
  { tag, standing }: { tag: Tag; standing: string },
  outcomes: Outcomes,
): Promise<void> {
  const { roots } = thing.object;
  if (roots === undefined) return;
  const found = await attempted(
    outcomes,
    'roots',
    store.readRoots(tag).then((bytes) => ({ bytes })),
  );
  if (found === undefined) return;
  if (found.bytes === undefined) return assertMoved(store, thing, standing, outcomes);
  assertSame(found.bytes, roots, `${thing.slot.name}: stripe roots`);
}

async function findOne(
  store: ObjectStore,
  thing: ObjectThing,
  { tag, standing, draw }: { tag: Tag; standing: string; draw: Draw },
  outcomes: Outcomes,
): Promise<void> {
  const { chunkIds } = thing.object;
  if (chunkIds.length === 0) return;
  const position = draw(chunkIds.length);
  const id = chunkIds[position];
  assert.ok(id);
  const places = await attempted(outcomes, 'find', store.findChunk(id));
  if (places === undefined) return;
  const own = places.find((place) => compareBytes(place.tag, tag) === 0);
  if (own === undefined) return assertMoved(store, thing, standing, outcomes);
  assert.equal(own.position, position, `${thing.slot.name}: position of a chunk`);
}

/** @returns `undefined` when something of it had no answer: then no head can name it, and it is given up */
async function stage(store: ObjectStore, object: StoredObject, outcomes: Outcomes): Promise<Tag | undefined> {
  const tag = await attempted(outcomes, 'stage', store.stage());
  if (tag === undefined) return undefined;
  if ((await attempted(outcomes, 'write', writeAll(store, tag, object))) === true) return tag;
  await giveUp(store, tag, outcomes);
  return undefined;
}

async function writeAll(store: ObjectStore, tag: Tag, { stripes, rows, roots }: StoredObject): Promise<true> {
  for (const [i, bytes] of stripes.entries()) await store.writeStripe(tag, i, bytes, rows[i]);
  if (roots !== undefined) await store.writeRoots(tag, roots);
  return true;
}

async function giveUp(store: ObjectStore, tag: Tag, outcomes: Outcomes): Promise<void> {
  await attempted(
    outcomes,
    'discard',
    store.discard(tag).then(() => true),
  );
}
