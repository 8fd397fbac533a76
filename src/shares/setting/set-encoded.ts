import { objectId } from '../../content/object-id.ts';
import { profilePasses } from '../../proof/profile.ts';
import { EncodedStage } from './encoded-stage.ts';
import { setOutcome } from '../held-object.ts';
import type { SetParts } from './share-parts.ts';
import type { SetOutcome } from '../shares.ts';
import {
  beginStaging,
  checkDeclaredId,
  discardBegun,
  publishStaged,
  type StripedSet,
} from './striped-set.ts';

/** Encodes a file or collection as it comes and publishes its replica. Without a declared id encoding starts after the last byte. */
export async function setEncoded(parts: SetParts, set: StripedSet): Promise<SetOutcome> {
  const { shape, call, chunks, profile, placed, id } = set;
  const object = { kind: shape.kind, sizeBytes: shape.sizeBytes, passes: profilePasses(profile) };
  const tag = beginStaging(parts, call, set);
  const stage = new EncodedStage({ ...parts, object, tag, call, ...(chunks && { chunks }) });
  try {
    if (id !== undefined) stage.encodeAs(parts.signing.replicaId(id, set));
    await set.fill(stage);
    const facts = { ...shape, dataRoot: await stage.received() };
    checkDeclaredId(id, facts);
    if (id === undefined) {
      const found = objectId(facts);
      const held = await parts.heads.find(found, shape.kind);
      if (held !== undefined) {
        await stage.abandon();
        await discardBegun(parts, tag);
        return setOutcome(held, true);
      }
      stage.encodeAs(parts.signing.replicaId(found, set));
    }
    const replica = { profile, placed, layerRoots: await stage.finish() };
    return await publishStaged(parts, set, { tag: await tag, facts, replica });
  } catch (error) {
    await stage.abandon();
    await discardBegun(parts, tag);
    throw error;
  }
}
