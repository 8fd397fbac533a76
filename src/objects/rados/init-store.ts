import { ProvenderError } from '../../content/provender-error.ts';
import type { StepHook } from '../step-hook.ts';
import { isRadosError } from './client/rados-error.ts';
import type { RadosPool } from './client/rados-pool.ts';
import { checkFormat, encodeFormat, indexShardsFor, type StoreOwner } from './format-object.ts';
import { inParallel } from './in-parallel.ts';
import {
  CATALOG_SHARDS,
  catalogShardKey,
  FORMAT_KEY,
  indexShardKey,
  NEXT_SESSION_ROW,
  SESSIONS_KEY,
} from './keys.ts';
import { untilAnswered } from './until-answered.ts';

/** What `openFormat` needs. */
export interface InitOptions {
  /** Namespace NS. */
  readonly objects: RadosPool;
  readonly owner: StoreOwner;
  /** Decides the number of index objects of a store that is made now. */
  readonly limitBytes: number;
  readonly step: StepHook;
  readonly signal: AbortSignal;
}

/** `format` has 208 bytes or a few more. */
const FORMAT_MAX_SIZE = 4096;
const WIDTH = 64;

/**
 * Gives the number of index objects of the store in a namespace; makes the store when there is none. A run that is cut off anywhere is continued by the
 * next one, and of two at once one writes `format`.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` for the store of another storer, network or format, `PROVENDER_CORRUPT` for a damaged or lost `format`
 * @see object-layout.md, section 2
 */
export async function openFormat(options: InitOptions): Promise<number> {
  const { objects, owner } = options;
  const place = `pool ${objects.name}, namespace ${objects.namespace}`;
  const found = await readFormat(options);
  if (found !== undefined) return checkFormat(found, owner, place);
  await assertNeverOpened(options, place);
  const format = encodeFormat({ ...owner, indexShards: await createObjects(options) });
  await writeFormat(options, format);
  const standing = await readFormat(options);
  if (standing === undefined) throw lostFormat(place);
  return checkFormat(standing, owner, place);
}

async function readFormat({ objects, signal }: InitOptions): Promise<Uint8Array | undefined> {
  const into = new Uint8Array(FORMAT_MAX_SIZE);
  try {
    return into.subarray(0, await untilAnswered(() => objects.read(FORMAT_KEY, { into }), { signal }));
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Sessions are numbered only after `format` was written. */
async function assertNeverOpened({ objects, signal }: InitOptions, place: string): Promise<void> {
  try {
    const { omap } = await untilAnswered(
      () => objects.look(SESSIONS_KEY, [{ do: 'omapKeys', keys: [NEXT_SESSION_ROW] }]),
      { signal },
    );
    if (omap?.has(NEXT_SESSION_ROW) === true) throw lostFormat(place);
  } catch (error) {
    if (!isRadosError(error, 'ENOENT')) throw error;
  }
}

function lostFormat(place: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `${place}: the object 'format' is lost, but the store was in use; restore it from a copy of the pool`,
  );
}

/** Guarded operations on an absent object answer -ENOENT, so all are made before the first one. */
async function createObjects({ objects, limitBytes, step, signal }: InitOptions): Promise<number> {
  const shards = indexShardsFor(limitBytes);
  const keys = [
    ...Array.from({ length: CATALOG_SHARDS }, (_, shard) => catalogShardKey(shard)),
    ...Array.from({ length: shards }, (_, shard) => indexShardKey(shard)),
    SESSIONS_KEY,
  ];
  await inParallel(keys, WIDTH, async (key) => {
    await untilAnswered(() => objects.change(key, [{ do: 'create', exclusive: false }]), { signal });
    await step(`init: ${key}`);
  });
  return shards;
}

async function writeFormat({ objects, step, signal }: InitOptions, bytes: Uint8Array): Promise<void> {
  try {
    await untilAnswered(
      () =>
        objects.change(FORMAT_KEY, [
          { do: 'create', exclusive: true },
          { do: 'writeFull', bytes },
        ]),
      { signal },
    );
  } catch (error) {
    if (!isRadosError(error, 'EEXIST')) throw error; // somebody else was first, or our own first send was
  }
  await step('init: format');
}
