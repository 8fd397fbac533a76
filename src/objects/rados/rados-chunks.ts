import { BLOCK_SIZE } from '../../content/geometry.ts';
import { compareBytes, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { LoneChunk, SetResult } from '../object-store.ts';
import type { StepHook } from '../step-hook.ts';
import { isRadosError } from './client/rados-error.ts';
import { chunkKey, HEAD_ATTRIBUTE } from './keys.ts';
import { asPort } from './port-error.ts';
import type { RadosSession } from './rados-session.ts';
import type { Settler } from './settle.ts';

/** What became of the creation of a chunk: made, there already, or there without a head. */
type Created = SetResult | 'headless' | 'vanished';

/** Creations that find a chunk which is gone when they read its head. */
const ATTEMPTS = 4;

/**
 * Lone chunks: one object each, written in one operation together with its head.
 * @see object-layout.md, section 5
 */
export class RadosChunks {
  readonly #settler: Settler;
  readonly #step: StepHook;

  constructor(parts: { settler: Settler; step: StepHook }) {
    this.#settler = parts.settler;
    this.#step = parts.step;
  }

  /** Creates a chunk unless there is one. `answered` is told, also late, whether one was made. */
  async set(session: RadosSession, chunk: LoneChunk, answered: (made: boolean) => void): Promise<SetResult> {
    const key = chunkKey(chunk.id);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const created = await this.#settler.run<Created>({
        operation: 'set',
        key,
        session,
        attempt: (again) => create(session, chunk, again),
        answered: (outcome) => {
          if (outcome !== 'vanished') answered(outcome !== 'headless' && !outcome.held); // else another attempt follows
        },
      });
      if (created === 'headless') throw unreadable(chunk.id, 'it has no head');
      if (created === 'vanished') continue;
      if (!created.held) await this.#step('chunk: set');
      return created;
    }
    throw new ProvenderError(
      'PROVENDER_CONFLICT',
      `${key} is set and removed by others at the same time; read it again`,
    );
  }

  /** Reads one chunk; `undefined` when it is not there. */
  read(session: RadosSession, id: ObjectId): Promise<LoneChunk | ProvenderError | undefined> {
    const key = chunkKey(id);
    return asPort(session, `get ${key}`, async () => {
      const block = new Uint8Array(BLOCK_SIZE);
      try {
        const { lengths, xattrs } = await session.objects.look(
          key,
          [{ do: 'read', offset: 0, length: BLOCK_SIZE }, { do: 'xattrs' }],
          { into: block },
        );
        const head = xattrs?.get(HEAD_ATTRIBUTE);
        if (head !== undefined && lengths[0] === BLOCK_SIZE) return { id, head, block };
        return unreadable(id, `head of ${head?.length ?? 0} and block of ${lengths[0] ?? 0} bytes`);
      } catch (error) {
        if (isRadosError(error, 'ENOENT')) return undefined;
        if (isRadosError(error, 'EIO')) return unreadable(id, 'Ceph cannot read it', error);
        throw error;
      }
    });
  }

  /** Head of a chunk, empty where it has none; `undefined` when there is no chunk. */
  head(session: RadosSession, id: ObjectId): Promise<Uint8Array | undefined> {
    return asPort(session, `head of ${chunkKey(id)}`, () => readHead(session, id));
  }

  /** Removes a chunk whose head is `seen`. */
  async remove(
    session: RadosSession,
    id: ObjectId,
    { seen, answered }: { seen: Uint8Array; answered: (done: boolean) => void },
  ): Promise<boolean> {
    const key = chunkKey(id);
    const guard = guardOf(seen);
    const done = await this.#settler.run({
      operation: 'remove',
      key,
      session,
      attempt: async (again) => {
        try {
          await session.objects.change(key, [guard, { do: 'remove' }]);
          return true;
        } catch (error) {
          if (isRadosError(error, 'ENOENT')) return again; // gone: by our first operation, as far as anybody can tell
          if (isRadosError(error, 'ECANCELED')) return false;
          throw error;
        }
      },
      findOut: () => isRemoved(session, key, guard),
      answered,
    });
    if (done) await this.#step('chunk: removed');
    return done;
  }

  /** Puts another record in the place of the one with head `seen`. */
  async replace(session: RadosSession, chunk: LoneChunk, seen: Uint8Array): Promise<boolean> {
    const key = chunkKey(chunk.id);
    const done = await this.#settler.run({
      operation: 'replace',
      key,
      session,
      attempt: async (again) => {
        try {
          await session.objects.change(key, [guardOf(seen), ...recordOf(chunk)]);
          return true;
        } catch (error) {
          if (isRadosError(error, 'ENOENT')) return false;
          if (!isRadosError(error, 'ECANCELED')) throw error;
          return again && isSame(await readHead(session, chunk.id), chunk.head);
        }
      },
    });
    if (done) await this.#step('chunk: replaced');
    return done;
  }
}

async function create(session: RadosSession, chunk: LoneChunk, again: boolean): Promise<Created> {
  try {
    await session.objects.change(chunkKey(chunk.id), [{ do: 'create', exclusive: true }, ...recordOf(chunk)]);
    return { held: false, head: chunk.head };
  } catch (error) {
    if (!isRadosError(error, 'EEXIST')) throw error;
  }
  const head = await readHead(session, chunk.id);
  if (head === undefined) return 'vanished';
  if (head.length === 0) return 'headless';
  return { held: !(again && isSame(head, chunk.head)), head };
}

function recordOf({ head, block }: LoneChunk) {
  return [
    { do: 'writeFull', bytes: block },
    { do: 'setXattr', name: HEAD_ATTRIBUTE, value: head },
  ] as const;
}

function guardOf(seen: Uint8Array) {
  return { do: 'cmpXattr', name: HEAD_ATTRIBUTE, value: seen } as const;
}

/**
 * Tells whether a removal without an answer has landed; when it has not, it never will. Equal chunks have equal heads, so to remove again what stands
 * could remove what another pod has set and acknowledged since.
 */
async function isRemoved(
  session: RadosSession,
  key: string,
  guard: ReturnType<typeof guardOf>,
): Promise<boolean> {
  try {
    await session.objects.change(key, [guard, { do: 'create', exclusive: false }]);
    return false;
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return true;
    if (isRadosError(error, 'ECANCELED')) return false;
    throw error;
  }
}

async function readHead(session: RadosSession, id: ObjectId): Promise<Uint8Array | undefined> {
  try {
    const { xattrs } = await session.objects.look(chunkKey(id), [{ do: 'xattrs' }]);
    return xattrs?.get(HEAD_ATTRIBUTE) ?? new Uint8Array();
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && compareBytes(a, b) === 0;
}

function unreadable(id: ObjectId, found: string, cause?: unknown): ProvenderError {
  const hex = objectIdHex(id);
  return new ProvenderError('PROVENDER_CORRUPT', `chunk ${hex}: ${found}`, { details: { id: hex }, cause });
}
