import { HASH_SIZE } from '../../content/geometry.ts';
import type { ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { decodeIndexRow, INDEX_PREFIX_SIZE, indexRowKey, PACKED_ROW_SIZE } from '../index-row.ts';
import type { ChunkLocation } from '../object-store.ts';
import type { StepHook } from '../step-hook.ts';
import type { Tag } from '../tag.ts';
import { inParallel } from './in-parallel.ts';
import {
  indexRowNamer,
  indexRowPrefix,
  indexShard,
  indexShardAt,
  indexShardKey,
  tagOfIndexRow,
} from './keys.ts';
import { asPort } from './port-error.ts';
import type { RadosSession } from './rados-session.ts';
import type { Settler } from './settle.ts';

/** Operations in flight for one call. @see object-layout.md, section 10 */
const WIDTH = 32;
/** Rows of one operation: 90 KB. */
const ROWS_AT_ONCE = 1000;
/** The OSD gives 1024 rows at once. */
const PAGE = 1000;
/** u32 position ‖ u16 length of a packed row, then the collection id. */
const PLACE_SIZE = PACKED_ROW_SIZE - INDEX_PREFIX_SIZE;
const VALUE_SIZE = PLACE_SIZE + HASH_SIZE;

/** Rows that go to one index object in one operation. */
interface Piece {
  readonly shard: number;
  /** Places in `packed`, in bytes. */
  readonly places: Uint32Array;
}

/** Index of the chunks inside collections: rows of the index objects. */
export class RadosIndex {
  readonly #settler: Settler;
  readonly #step: StepHook;

  constructor(parts: { settler: Settler; step: StepHook }) {
    this.#settler = parts.settler;
    this.#step = parts.step;
  }

  /** Writes the rows of a collection, as `packIndexRows` packed them. Readers ignore them before its head stands. */
  async write(
    session: RadosSession,
    { tag, id }: { tag: Tag; id: ObjectId },
    packed: Uint8Array,
  ): Promise<void> {
    await inParallel(piecesOf(packed, session.indexShards), WIDTH, async ({ shard, places }) => {
      const key = indexShardKey(shard);
      const rows = rowsOf(packed, places, { tag, id });
      await this.#settler.repeat(session, { operation: 'index', key }, () =>
        session.objects.change(key, [{ do: 'omapSet', rows }]),
      );
      await this.#step('publish: rows');
    });
  }

  /** Rows of a chunk, whatever became of their collections. @throws ProvenderError `PROVENDER_CORRUPT` for a row that cannot be read */
  find(session: RadosSession, id: ObjectId): Promise<readonly ChunkLocation[]> {
    const key = indexShardKey(indexShard(id, session.indexShards));
    const prefix = indexRowPrefix(id);
    return asPort(session, `find in ${key}`, async () => {
      const found: ChunkLocation[] = [];
      let after = '';
      for (let more = true; more; ) {
        const page = await session.objects.look(key, [{ do: 'omapRange', after, prefix, limit: PAGE }]);
        for (const [name, value] of page.omap ?? []) {
          found.push(locationIn(id, { name, prefix, value }));
          after = name;
        }
        more = page.more === true;
      }
      return found;
    });
  }
}

function locationIn(id: ObjectId, row: { name: string; prefix: string; value: Uint8Array }): ChunkLocation {
  const tag = tagOfIndexRow(row.name, row.prefix);
  if (tag === undefined)
    throw new ProvenderError('PROVENDER_CORRUPT', `index row ${row.name}: no tag in its name`);
  return decodeIndexRow(indexRowKey(id, tag), row.value);
}

/** Groups rows by index object: a counting sort, so that a million rows make no million little objects at once. */
function* piecesOf(packed: Uint8Array, indexShards: number): Generator<Piece> {
  const count = packed.length / PACKED_ROW_SIZE;
  const shards = new Uint16Array(count);
  const starts = new Uint32Array(indexShards + 1);
  for (let i = 0; i < count; i++) {
    const shard = indexShardAt(packed, i * PACKED_ROW_SIZE, indexShards);
    shards[i] = shard;
    starts[shard + 1] = (starts[shard + 1] ?? 0) + 1;
  }
  for (let shard = 0; shard < indexShards; shard++)
    starts[shard + 1] = (starts[shard + 1] ?? 0) + (starts[shard] ?? 0);
  const places = new Uint32Array(count);
  const next = starts.slice();
  for (let i = 0; i < count; i++) {
    const shard = shards[i] ?? 0;
    const at = next[shard] ?? 0;
    places[at] = i * PACKED_ROW_SIZE;
    next[shard] = at + 1;
  }
  for (let shard = 0; shard < indexShards; shard++) {
    const end = starts[shard + 1] ?? 0;
    for (let at = starts[shard] ?? 0; at < end; at += ROWS_AT_ONCE)
      yield { shard, places: places.subarray(at, Math.min(end, at + ROWS_AT_ONCE)) };
  }
}

/** Rows as they are stored: `<first 16 bytes of the chunk id in hex>.<tag>` -> u32 position ‖ u16 length ‖ collection id. */
function rowsOf(
  packed: Uint8Array,
  places: Uint32Array,
  { tag, id }: { tag: Tag; id: ObjectId },
): readonly (readonly [string, Uint8Array])[] {
  const values = Buffer.allocUnsafeSlow(places.length * VALUE_SIZE);
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const nameAt = indexRowNamer(bytes, tag);
  const rows = new Array<readonly [string, Uint8Array]>(places.length);
  for (const [i, place] of places.entries()) {
    const start = i * VALUE_SIZE;
    bytes.copy(values, start, place + INDEX_PREFIX_SIZE, place + PACKED_ROW_SIZE);
    values.set(id, start + PLACE_SIZE);
    rows[i] = [nameAt(place), values.subarray(start, start + VALUE_SIZE)];
  }
  return rows;
}
