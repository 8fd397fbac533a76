import type { ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Extent } from '../object-store.ts';
import type { StepHook } from '../step-hook.ts';
import type { Tag } from '../tag.ts';
import { rootsKey, stripeKey } from '../data-names.ts';
import type { WriteStep } from './client/operations.ts';
import { isRadosError } from './client/rados-error.ts';
import { ID_ATTRIBUTE, PAYMENT_ATTRIBUTE } from './keys.ts';
import { asPort } from './port-error.ts';
import type { RadosSession } from './rados-session.ts';
import type { Settler } from './settle.ts';

/** Roots up to this size are read in one operation: those of 2048 stripes, 8 GiB, of one layer. */
const ROOTS_READ_SIZE = 64 * 1024;

/** Where a stripe goes, and what is known of its object. */
export interface StripePlace {
  readonly tag: Tag;
  readonly stripe: number;
  readonly id: ObjectId | undefined;
  /** Payment that the data hangs on. */
  readonly operation: Uint8Array | undefined;
}

/** Stripes and stripe roots, in a namespace of their own. */
export class RadosData {
  readonly #settler: Settler;
  readonly #step: StepHook;

  constructor(parts: { settler: Settler; step: StepHook }) {
    this.#settler = parts.settler;
    this.#step = parts.step;
  }

  /** Writes a stripe; stripe 0 gets the id of its object and its payment in the same operation, where they are known. */
  async writeStripe(session: RadosSession, place: StripePlace, bytes: Uint8Array): Promise<void> {
    const key = stripeKey(place.tag, place.stripe);
    const attributes = place.stripe === 0 ? attributesOf(place) : [];
    await this.#settler.repeat(session, { operation: 'write', key }, () =>
      attributes.length === 0
        ? session.data.writeFull(key, bytes)
        : session.data.change(key, [{ do: 'writeFull', bytes }, ...attributes]),
    );
    await this.#step('stripe');
  }

  /** Tells whether data is there under a tag. */
  exists(session: RadosSession, tag: Tag): Promise<boolean> {
    const key = stripeKey(tag, 0);
    return asPort(session, `look for ${key}`, async () => {
      return (await unlessAbsent(key, () => session.data.stat(key))) !== undefined;
    });
  }

  async writeRoots(session: RadosSession, tag: Tag, bytes: Uint8Array): Promise<void> {
    const key = rootsKey(tag);
    await this.#settler.repeat(session, { operation: 'write', key }, () =>
      session.data.writeFull(key, bytes),
    );
    await this.#step('roots');
  }

  /** Says at stripe 0 whose data it is: before the publish, so that a sweeper finds the head. */
  async nameObject(session: RadosSession, tag: Tag, id: ObjectId): Promise<void> {
    const key = stripeKey(tag, 0);
    try {
      await this.#settler.repeat(session, { operation: 'name', key }, () =>
        session.data.change(key, [{ do: 'assertExists' }, { do: 'setXattr', name: ID_ATTRIBUTE, value: id }]),
      );
    } catch (error) {
      if (isRadosError(causeOf(error), 'ENOENT'))
        throw new ProvenderError('PROVENDER_CONFLICT', `${key} was never written: stage again`, {
          cause: error,
        });
      throw error;
    }
    await this.#step('publish: id');
  }

  /** Reads runs of a stripe, one behind the other in `memory`, or in new memory. */
  readStripe(
    session: RadosSession,
    { tag, stripe, memory }: { tag: Tag; stripe: number; memory: Uint8Array | undefined },
    extents: readonly Extent[],
  ): Promise<readonly Uint8Array[] | undefined> {
    const key = stripeKey(tag, stripe);
    return asPort(session, `read ${key}`, async () => {
      // A read of length 0 would read to the end.
      const wanted = extents.filter(({ length }) => length > 0);
      const into = memory ?? newMemory(wanted);
      const found = await unlessAbsent(key, async () => {
        if (wanted.length === 0) await session.data.stat(key);
        else
          return session.data.look(
            key,
            wanted.map(({ offset, length }) => ({ do: 'read', offset, length })),
            { into },
          );
        return { lengths: [] };
      });
      return found && cut(into, extents, found.lengths);
    });
  }

  readRoots(session: RadosSession, tag: Tag): Promise<Uint8Array | undefined> {
    const key = rootsKey(tag);
    return asPort(session, `read ${key}`, async () => {
      const first = await unlessAbsent(key, () => this.#read(session, key, ROOTS_READ_SIZE));
      if (first === undefined || first.size <= ROOTS_READ_SIZE) return first?.bytes;
      return (await unlessAbsent(key, () => this.#read(session, key, first.size)))?.bytes;
    });
  }

  async #read(
    session: RadosSession,
    key: string,
    length: number,
  ): Promise<{ bytes: Uint8Array; size: number }> {
    const into = new Uint8Array(length);
    const { lengths, stat } = await session.data.look(
      key,
      [{ do: 'read', offset: 0, length }, { do: 'stat' }],
      {
        into,
      },
    );
    return { bytes: into.subarray(0, lengths[0] ?? 0), size: stat?.size ?? 0 };
  }
}

function attributesOf({ id, operation }: StripePlace): readonly WriteStep[] {
  const attributes: WriteStep[] = [];
  if (id !== undefined) attributes.push({ do: 'setXattr', name: ID_ATTRIBUTE, value: id });
  if (operation !== undefined) attributes.push({ do: 'setXattr', name: PAYMENT_ATTRIBUTE, value: operation });
  return attributes;
}

/** Not cleared: what was not read is cut off. */
function newMemory(extents: readonly Extent[]): Uint8Array {
  const bytes = extents.reduce((sum, { length }) => sum + length, 0);
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

function cut(
  into: Uint8Array,
  extents: readonly Extent[],
  lengths: readonly number[],
): readonly Uint8Array[] {
  let at = 0;
  let read = 0;
  return extents.map(({ length }) => {
    const found = length === 0 ? 0 : (lengths[read++] ?? 0);
    const bytes = into.subarray(at, at + found);
    at += length;
    return bytes;
  });
}

/** Gives `undefined` for what is not there. @throws ProvenderError `PROVENDER_CORRUPT` when no copy of the object fits its checksum */
async function unlessAbsent<T>(key: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isRadosError(error, 'ENOENT')) return undefined;
    if (isRadosError(error, 'EIO'))
      throw new ProvenderError('PROVENDER_CORRUPT', `${key}: Ceph cannot read it`, { cause: error });
    throw error;
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
