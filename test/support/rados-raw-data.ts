import { decodeHead } from '../../src/objects/head.ts';
import { packIndexRows, unpackIndexRows } from '../../src/objects/index-row.ts';
import { rootsKey, stripeKey } from '../../src/objects/data-names.ts';
import {
  catalogKey,
  headRow,
  ID_ATTRIBUTE,
  indexRowName,
  indexShard,
  indexShardKey,
  PAYMENT_ATTRIBUTE,
  removedRow,
} from '../../src/objects/rados/keys.ts';
import type { RadosSession } from '../../src/objects/rados/rados-session.ts';
import { encodeRemovedRow } from '../../src/objects/rados/removed-row.ts';
import type { Tag } from '../../src/objects/tag.ts';
import type { StoredObject } from './store-objects.ts';

/** What is written of an object, and how far. */
export interface RawUpload {
  readonly object: StoredObject;
  /** Stripes that are written; all of them by default. */
  readonly stripes?: readonly number[];
  /** Whether stripe 0 says whose it is. */
  readonly named?: boolean;
  /** Payment. */
  readonly operation?: Uint8Array;
  readonly roots?: boolean;
  readonly rows?: boolean;
}

/** Writes what an upload writes before its publish, without any code of the store's uploads. @returns its tag */
export async function stageRaw(session: RadosSession, upload: RawUpload): Promise<Tag> {
  const { object, named = true, roots = true, rows = true, operation } = upload;
  const tag = session.nextTag();
  for (const [stripe, bytes] of object.stripes.entries()) {
    if (upload.stripes?.includes(stripe) === false) continue;
    const key = stripeKey(tag, stripe);
    await session.data.writeFull(key, bytes);
    if (stripe > 0) continue;
    const attribute = (name: string, value: Uint8Array) =>
      session.data.change(key, [{ do: 'setXattr', name, value }]);
    if (named) await attribute(ID_ATTRIBUTE, object.id);
    if (operation !== undefined) await attribute(PAYMENT_ATTRIBUTE, operation);
  }
  if (roots && object.roots !== undefined) await session.data.writeFull(rootsKey(tag), object.roots);
  if (rows) await writeRows(session, object, tag);
  return tag;
}

async function writeRows(session: RadosSession, object: StoredObject, tag: Tag): Promise<void> {
  for (const rows of object.rows)
    for (const { key, value } of unpackIndexRows(packIndexRows(rows), tag, object.id)) {
      const shard = indexShardKey(indexShard(key, session.indexShards));
      await session.objects.change(shard, [{ do: 'omapSet', rows: [[indexRowName(key, tag), value]] }]);
    }
}

/** Writes the head of an object. */
export async function publishRaw(session: RadosSession, object: StoredObject, tag: Tag): Promise<void> {
  const rows = [[headRow(object.id), object.head(tag)]] as const;
  await session.objects.change(catalogKey(object.id), [{ do: 'omapSet', rows }]);
}

/** Takes the head of an object away and leaves the row `g.<tag>`. */
export async function removeRaw(session: RadosSession, object: StoredObject, tag: Tag): Promise<void> {
  const { statement } = decodeHead(object.head(tag));
  await session.objects.change(catalogKey(object.id), [
    { do: 'omapRemove', keys: [headRow(object.id)] },
    { do: 'omapSet', rows: [[removedRow(tag), encodeRemovedRow(statement)]] },
  ]);
}
