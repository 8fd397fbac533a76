import { blockCount, stripeCount } from '../../content/geometry.ts';
import { OBJECT_KIND } from '../../content/object-id.ts';
import { profilePasses } from '../../proof/profile.ts';
import type { StepHook } from '../step-hook.ts';
import { stripeLayout } from '../stripe.ts';
import type { Tag } from '../tag.ts';
import { rootsKey, stripeKey } from '../data-names.ts';
import { isRadosError } from './client/rados-error.ts';
import type { RadosPool } from './client/rados-pool.ts';
import { inParallel } from './in-parallel.ts';
import type { RemovedObject } from './removed-row.ts';
import { collectionLayouts, type DataPlace, dropStripeRows } from './stripe-rows.ts';
import { type AnswerOptions, untilAnswered } from './until-answered.ts';

/** What is deleted with. */
export interface DropParts extends DataPlace {
  readonly step: StepHook;
}

const STRIPE_WIDTH = 8;

/**
 * Deletes the data of an object that was removed: index rows, stripes, then `r`. Deleting again what is gone does nothing.
 *
 * @throws ProvenderError `PROVENDER_UNSUPPORTED` for the profile of a newer version
 */
export async function dropRemoved(
  parts: DropParts,
  { tag, object }: { tag: Tag; object: RemovedObject },
  answer: AnswerOptions,
): Promise<void> {
  const stripes = stripeCount(blockCount(object.sizeBytes));
  if (object.kind === OBJECT_KIND.collection) {
    const striped = { ...object, passes: profilePasses(object.profile) };
    for (let stripe = 0; stripe < stripes; stripe++)
      await dropStripeRows(parts, { tag, stripe, layout: stripeLayout(striped, stripe) }, answer);
    await parts.step('drop: rows');
  }
  await dropStripes(parts, { tag, stripes }, answer);
}

/**
 * Deletes what was staged under a tag and perhaps has index rows, whose names are derived from the stripes.
 *
 * @returns bytes of the stripes and of `r`, 0 for what was gone already
 */
export async function dropStaged(
  parts: DropParts,
  { tag, stripes, rows }: { tag: Tag; stripes: number; rows: boolean },
  answer: AnswerOptions,
): Promise<number> {
  let bytes = await sizeOf(parts.data, rootsKey(tag), answer);
  for (let stripe = 0; rows && stripe < stripes; stripe++) {
    const size = await sizeOf(parts.data, stripeKey(tag, stripe), answer);
    bytes += size;
    for (const layout of collectionLayouts(size))
      await dropStripeRows(parts, { tag, stripe, layout }, answer);
  }
  await parts.step('drop: rows');
  await dropStripes(parts, { tag, stripes }, answer);
  return bytes;
}

/** Stripe 0 tells whose data it is, so it goes after the other stripes. */
async function dropStripes(
  { data, step }: DropParts,
  { tag, stripes }: { tag: Tag; stripes: number },
  answer: AnswerOptions,
): Promise<void> {
  const others = Array.from({ length: Math.max(0, stripes - 1) }, (_, i) => stripeKey(tag, i + 1));
  await inParallel(others, STRIPE_WIDTH, (key) => removeObject(data, key, answer));
  await step('drop: other stripes');
  await removeObject(data, stripeKey(tag, 0), answer);
  await step('drop: stripe 0');
  await removeObject(data, rootsKey(tag), answer);
  await step('drop: roots');
}

async function removeObject(pool: RadosPool, key: string, answer: AnswerOptions): Promise<void> {
  try {
    await untilAnswered(() => pool.remove(key), answer);
  } catch (error) {
    if (!isRadosError(error, 'ENOENT')) throw error;
  }
}

async function sizeOf(pool: RadosPool, key: string, answer: AnswerOptions): Promise<number> {
  try {
    return (await untilAnswered(() => pool.stat(key), answer)).size;
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return 0;
    throw error;
  }
}
