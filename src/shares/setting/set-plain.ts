import { PROFILE_NONE } from '../../proof/profile.ts';
import type { SetParts } from './share-parts.ts';
import type { SetOutcome } from '../shares.ts';
import {
  beginStaging,
  checkDeclaredId,
  discardBegun,
  publishStaged,
  type StripedSet,
} from './striped-set.ts';
import { StripeStage } from './stripe-stage.ts';

/** Stages a file or collection as it is and publishes it: profile none. */
export async function setPlain(parts: SetParts, set: StripedSet): Promise<SetOutcome> {
  const { store, hasher, buffers } = parts;
  const { shape, call, chunks, own, placed } = set;
  const object = { kind: shape.kind, sizeBytes: shape.sizeBytes, passes: 0 };
  const tag = beginStaging(parts, call, set);
  const optional = { ...(chunks && { chunks }), ...(own && { own }) };
  const stage = new StripeStage({ store, hasher, buffers, object, tag, call, ...optional });
  try {
    await set.fill(stage);
    const facts = { ...shape, dataRoot: await stage.finish() };
    checkDeclaredId(set.id, facts);
    await stage.written();
    const replica = { profile: PROFILE_NONE, placed, layerRoots: [] };
    return await publishStaged(parts, set, { tag: await tag, facts, replica });
  } catch (error) {
    await stage.abandon();
    await discardBegun(parts, tag);
    throw error;
  }
}
