import { BLOCK_SIZE, blockCount, STRIPE_BLOCKS } from '../../content/geometry.ts';
import { compareBytes, type ObjectFacts, objectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { stripeKey } from '../../objects/data-names.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import type { Tag } from '../../objects/tag.ts';
import { profilePasses } from '../../proof/profile.ts';
import { EncodedStage } from './encoded-stage.ts';
import { setOutcome } from '../held-object.ts';
import type { SetParts } from './share-parts.ts';
import type { SetOutcome } from '../shares.ts';
import { beginStaging, discardBegun, publishStaged, type StripedSet } from './striped-set.ts';
import { StripeStage } from './stripe-stage.ts';
import { stripeRuns } from '../reading/verified-runs.ts';

/**
 * Stages an object as it is, since its id is known after its last byte only, then reads it back, encodes it under another tag and publishes that. The
 * raw data goes at the end, whatever that was.
 */
export async function setStagedRaw(parts: SetParts, set: StripedSet): Promise<SetOutcome> {
  const tag = beginStaging(parts, set.call, {});
  try {
    const facts = await stageRaw(parts, set, tag);
    const held = await parts.heads.find(objectId(facts), facts.kind);
    if (held !== undefined) return setOutcome(held, true);
    return await encodeStaged(parts, set, { tag: await tag, facts });
  } finally {
    await discardBegun(parts, tag);
  }
}

async function stageRaw(parts: SetParts, set: StripedSet, tag: Promise<Tag>): Promise<ObjectFacts> {
  const { store, hasher, buffers } = parts;
  const { shape, call, chunks, own } = set;
  const object = { kind: shape.kind, sizeBytes: shape.sizeBytes, passes: 0 };
  // index rows are written beside the replica only
  const rowless = chunks && {
    hashed: (first: number, roots: Uint8Array) => chunks.hashed(first, roots),
    lengthOf: (block: number) => chunks.lengthOf(block),
    rows: () => [],
  };
  const optional = { ...(rowless && { chunks: rowless }), ...(own && { own }) };
  const stage = new StripeStage({ store, hasher, buffers, object, tag, call, ...optional });
  try {
    await set.fill(stage);
    const facts = { ...shape, dataRoot: await stage.finish() };
    await stage.written();
    return facts;
  } catch (error) {
    await stage.abandon();
    throw error;
  }
}

async function encodeStaged(
  parts: SetParts,
  set: StripedSet,
  raw: { readonly tag: Tag; readonly facts: ObjectFacts },
): Promise<SetOutcome> {
  const { facts } = raw;
  const { call, profile, chunks, paid } = set;
  const object = { kind: facts.kind, sizeBytes: facts.sizeBytes, passes: profilePasses(profile) };
  const id = objectId(facts);
  const tag = beginStaging(parts, call, { id, paid });
  // ids of the chunks are known from the first time
  const known = chunks && {
    hashed: () => undefined,
    lengthOf: (block: number) => chunks.lengthOf(block),
    rows: (first: number, end: number) => chunks.rows(first, end),
  };
  const stage = new EncodedStage({ ...parts, object, tag, call, ...(known && { chunks: known }) });
  try {
    stage.encodeAs(parts.signing.replicaId(id, { profile }));
    await readBack(parts.store, raw, stage);
    const dataRoot = await stage.received();
    if (compareBytes(dataRoot, facts.dataRoot) !== 0) throw changed(facts);
    const layerRoots = await stage.finish();
    return await publishStaged(parts, set, { tag: await tag, facts, replica: { profile, layerRoots } });
  } catch (error) {
    await stage.abandon();
    await discardBegun(parts, tag);
    throw error;
  }
}

/** Reads what was staged, a run of 1 MiB once there is room for it. */
async function readBack(
  store: ObjectStore,
  { tag, facts }: { readonly tag: Tag; readonly facts: ObjectFacts },
  stage: EncodedStage,
): Promise<void> {
  for (const { stripe, first, end } of stripeRuns({ first: 0, end: blockCount(facts.sizeBytes) })) {
    await stage.ready();
    const start = first * BLOCK_SIZE;
    const length = Math.min(end * BLOCK_SIZE, facts.sizeBytes) - start;
    const extent = { offset: (first - stripe * STRIPE_BLOCKS) * BLOCK_SIZE, length };
    const [bytes] = (await store.readStripe(tag, stripe, [extent])) ?? [];
    if (bytes?.length !== length) throw missing(stripeKey(tag, stripe));
    await stage.append(bytes);
  }
}

/** The sender did nothing wrong, and may send again. */
function changed(facts: ObjectFacts): ProvenderError {
  const id = objectIdHex(objectId(facts));
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `${id}: what was staged came back from the store with other bytes; look at the disk, then set it again`,
    { details: { id } },
  );
}

function missing(key: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `${key}: it was staged and cannot be read; set the object again`,
    {
      details: { key },
    },
  );
}
