import { ProvenderError } from '../../../content/provender-error.ts';
import { Admission } from './admission.ts';
import type { NativeRados } from './native-binding.ts';
import { nextId } from './next-id.ts';
import type { Operation, OperationOwner, OperationPlace } from './operation.ts';
import type { AdmissionLimits } from './rados-cluster-types.ts';
import { SlabPool } from './slab-pool.ts';

/** The share of an environment in one handle. */
interface SharedAdmission {
  readonly admission: Admission;
  users: number;
}

/**
 * The addon in one environment (main thread or worker): ids, the one sink, the admissions and the slabs. Lives as long as the environment.
 *
 * @see native-addon.md, sections 1, 2 and 4
 */
export class Engine {
  readonly native: NativeRados;
  readonly slabs = new SlabPool();
  readonly #inFlight = new Map<number, Operation>();
  readonly #admissions = new Map<string, SharedAdmission>();
  #lastId: number;

  /** @param firstId - u32, the id before the first one */
  constructor(native: NativeRados, firstId = 0) {
    this.native = native;
    this.#lastId = firstId;
    native.start((pairs, extras) => this.#drain(pairs, extras));
  }

  /** The admission of a handle: connections of equal settings share the handle, and so its bounds. `leaveHandle` gives it back. */
  enterHandle(digest: string, limits: AdmissionLimits, maxWaitMs: number): Admission {
    const known = this.#admissions.get(digest);
    if (known !== undefined) {
      known.users++;
      return known.admission;
    }
    const admission = new Admission({
      limits,
      maxWaitMs,
      submit: (operation) => this.#submit(operation, admission),
    });
    this.#admissions.set(digest, { admission, users: 1 });
    return admission;
  }

  /** Forgets the admission of a handle with its last user. */
  leaveHandle(digest: string): void {
    const known = this.#admissions.get(digest);
    if (known === undefined) return;
    known.users--;
    if (known.users === 0) this.#admissions.delete(digest);
  }

  /** Ends all operations in flight of one owner for their callers, and cancels them. */
  abandonAll(owner: OperationOwner): void {
    for (const operation of this.#inFlight.values()) {
      if (operation.owner === owner) owner.abandon(operation, 'closed');
    }
  }

  #submit(operation: Operation, place: OperationPlace): void {
    const id = nextId(this.#lastId, this.#inFlight);
    this.#lastId = id;
    operation.id = id;
    operation.place = place;
    this.#inFlight.set(id, operation);
    try {
      operation.task.submit(id);
    } catch (error) {
      this.#inFlight.delete(id);
      throw error;
    }
  }

  /** The sink: answers all of a turn, then fills the places that they leave. */
  #drain(pairs: Int32Array, extras: readonly unknown[] | undefined): void {
    let place: OperationPlace | undefined;
    for (let at = 0; at < pairs.length; at += 2) {
      const operation = this.#take((pairs[at] ?? 0) >>> 0);
      if (operation.place !== place) {
        place?.pump();
        place = operation.place;
      }
      place?.release(operation);
      operation.answer(pairs[at + 1] ?? 0, extras?.[at / 2]);
    }
    place?.pump();
  }

  #take(id: number): Operation {
    const operation = this.#inFlight.get(id);
    if (operation === undefined) {
      throw new ProvenderError(
        'PROVENDER_INTERNAL',
        `rados.node answered operation ${id}, which is not in flight`,
      );
    }
    this.#inFlight.delete(id);
    return operation;
  }
}
