import { compareBytes, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { checkedHead, type Head } from '../head.ts';
import type { SetResult } from '../object-store.ts';
import type { StepHook } from '../step-hook.ts';
import { isRadosError } from './client/rados-error.ts';
import type { WriteStep } from './client/operations.ts';
import { catalogKey, headRow, removedRow } from './keys.ts';
import { asPort } from './port-error.ts';
import type { RadosSession } from './rados-session.ts';
import { encodeRemovedRow } from './removed-row.ts';
import { judgeRefusal } from './session-rules.ts';
import type { GuardedCall, Settler } from './settle.ts';

/** What became of a publish. */
type Published = SetResult | 'conflict' | ProvenderError;

/** Hears of an outcome once, also when it comes after the caller was told `PROVENDER_AMBIGUOUS`. */
export type Hooks<T> = Required<Pick<GuardedCall<T>, 'answered' | 'refused'>>;

/** An absent row, as guards name it. */
const ABSENT = new Uint8Array();

/**
 * Heads of files and collections: rows of 256 catalog objects, changed by guarded operations only.
 * @see object-layout.md, section 5
 */
export class RadosCatalog {
  readonly #settler: Settler;
  readonly #step: StepHook;

  constructor(parts: { settler: Settler; step: StepHook }) {
    this.#settler = parts.settler;
    this.#step = parts.step;
  }

  /** Bytes of a head as they stand. */
  head(session: RadosSession, id: ObjectId): Promise<Uint8Array | undefined> {
    return asPort(session, `head of ${objectIdHex(id)}`, async () => {
      const { head } = await readRows(session, id);
      return head;
    });
  }

  /**
   * An empty write under the guards of the publish, which a fenced session is refused: before the payment of an upload is committed and after its last
   * stripe was answered. OSDs that hold stripes may not have heard of the fence, so a fenced session could go on staging after its data was looked
   * through, and nobody would publish what was paid. The model of section 11.1 shows the loss without this write.
   *
   * @returns the head that stands, or `undefined` when the publish would be made now
   * @throws ProvenderError `PROVENDER_CONFLICT` when another one stood and is gone
   * @see object-layout.md, section 5, "Paid upload"
   */
  async check(
    session: RadosSession,
    { id, head }: { id: ObjectId; head: Head },
  ): Promise<Uint8Array | undefined> {
    const key = catalogKey(id);
    const steps: readonly WriteStep[] = [
      { do: 'omapCmp', key: headRow(id), value: ABSENT },
      { do: 'omapCmp', key: removedRow(head.tag), value: ABSENT },
      { do: 'create', exclusive: false },
    ];
    const name = { operation: 'prepare', key: headRow(id) };
    const isOpen = await this.#settler.repeat(session, name, () => changed(session, key, steps));
    await this.#step('prepare: check');
    if (isOpen) return undefined;
    const standing = await this.head(session, id);
    if (standing === undefined) throw conflict(id);
    return standing;
  }

  /** Tells whether the catalog knows the end of what was staged: its head stands, or another one does, or it was published and removed. */
  settled(session: RadosSession, { id, head }: { id: ObjectId; head: Head }): Promise<boolean> {
    return asPort(session, `head of ${objectIdHex(id)}`, async () => {
      const rows = await readRows(session, id, head);
      return rows.removed || rows.head !== undefined;
    });
  }

  /**
   * Makes what is staged exist. `hooks.answered` hears whether it was made.
   * @throws ProvenderError `PROVENDER_CONFLICT` when another one stood and is gone; `PROVENDER_CORRUPT` when the head that stands is damaged
   */
  async publish(
    session: RadosSession,
    { id, bytes, head }: { id: ObjectId; bytes: Uint8Array; head: Head },
    hooks: Hooks<boolean>,
  ): Promise<SetResult> {
    const steps: readonly WriteStep[] = [
      { do: 'omapCmp', key: headRow(id), value: ABSENT },
      { do: 'omapCmp', key: removedRow(head.tag), value: ABSENT },
      { do: 'omapSet', rows: [[headRow(id), bytes]] },
    ];
    const published = await this.#settler.run<Published>({
      operation: 'publish',
      key: headRow(id),
      session,
      attempt: async () => {
        if (await changed(session, catalogKey(id), steps)) return { held: false, head: bytes };
        return judge(id, bytes, head, await readRows(session, id, head));
      },
      answered: (outcome) => hooks.answered(isMade(outcome)),
      refused: hooks.refused,
    });
    if (isProvenderError(published)) throw published;
    if (published === 'conflict') throw conflict(id);
    if (!published.held) await this.#step('publish: head');
    return published;
  }

  /** Puts a head in the place of `seen`; `old` as for `remove`. `hooks.answered` hears whether that was done. */
  async replace(
    session: RadosSession,
    change: { id: ObjectId; bytes: Uint8Array; head: Head; seen: Uint8Array; old: Head | undefined },
    hooks: Hooks<boolean>,
  ): Promise<boolean> {
    const { id, bytes, head, seen, old } = change;
    const steps: readonly WriteStep[] = [
      { do: 'omapCmp', key: headRow(id), value: seen },
      { do: 'omapCmp', key: removedRow(head.tag), value: ABSENT },
      { do: 'omapSet', rows: [[headRow(id), bytes], ...removedRows(old)] },
    ];
    const done = await this.#settler.run({
      operation: 'replace',
      key: headRow(id),
      session,
      attempt: async () => {
        if (await changed(session, catalogKey(id), steps)) return true;
        const rows = await readRows(session, id, head);
        return isSame(rows.head, bytes) || rows.removed;
      },
      ...hooks,
    });
    if (done) await this.#step('replace: head');
    return done;
  }

  /**
   * Makes an object cease to exist if its head is `seen`.
   * @param old - of `seen`; `undefined` when that cannot be read: its data is then found by a sweep, for no head names it
   */
  async remove(
    session: RadosSession,
    { id, seen, old }: { id: ObjectId; seen: Uint8Array; old: Head | undefined },
    answered: (done: boolean) => void,
  ): Promise<boolean> {
    const steps: readonly WriteStep[] = [
      { do: 'omapCmp', key: headRow(id), value: seen },
      { do: 'omapRemove', keys: [headRow(id)] },
      ...(old === undefined ? [] : [{ do: 'omapSet', rows: removedRows(old) } as const]),
    ];
    const done = await this.#settler.run({
      operation: 'remove',
      key: headRow(id),
      session,
      attempt: async (again) => {
        if (await changed(session, catalogKey(id), steps)) return true;
        // Ours may have landed before. When another head stands by now the caller looks at that.
        return again && (await readRows(session, id)).head === undefined;
      },
      answered,
    });
    if (done) await this.#step('remove: head');
    return done;
  }
}

/** Says of a head that goes where its data is. */
function removedRows(old: Head | undefined): readonly (readonly [string, Uint8Array])[] {
  return old === undefined ? [] : [[removedRow(old.tag), encodeRemovedRow(old.statement)]];
}

/** Sends a guarded operation; `false` when its guard failed. */
async function changed(session: RadosSession, key: string, steps: readonly WriteStep[]): Promise<boolean> {
  try {
    await session.objects.change(key, steps);
    return true;
  } catch (error) {
    if (isRadosError(error, 'ECANCELED')) return false;
    throw error;
  }
}

/** The head of `id` and whether the tag of `own` was published and removed, at one point in time. */
async function readRows(
  session: RadosSession,
  id: ObjectId,
  own?: Head,
): Promise<{ head: Uint8Array | undefined; removed: boolean }> {
  const keys = own === undefined ? [headRow(id)] : [headRow(id), removedRow(own.tag)];
  const { omap } = await session.objects.look(catalogKey(id), [{ do: 'omapKeys', keys }]);
  return {
    head: omap?.get(headRow(id)),
    removed: own !== undefined && omap?.has(removedRow(own.tag)) === true,
  };
}

function judge(
  id: ObjectId,
  bytes: Uint8Array,
  own: Head,
  rows: { head: Uint8Array | undefined; removed: boolean },
): Published {
  let headTag;
  try {
    headTag = rows.head === undefined ? undefined : checkedHead(id, rows.head).tag;
  } catch (error) {
    if (isProvenderError(error)) return error;
    throw error;
  }
  const verdict = judgeRefusal({ tag: own.tag, headTag, removed: rows.removed });
  if (verdict === 'held' && rows.head !== undefined) return { held: true, head: rows.head };
  return verdict === 'conflict' ? 'conflict' : { held: false, head: bytes };
}

function isMade(outcome: Published): boolean {
  return typeof outcome === 'object' && 'held' in outcome && !outcome.held;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && compareBytes(a, b) === 0;
}

function conflict(id: ObjectId): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CONFLICT',
    `${objectIdHex(id)} was set and removed by others at the same time; repeat the set`,
    { details: { id: objectIdHex(id) } },
  );
}
