import { isProvenderError } from '../../content/provender-error.ts';
import type { StoreHealth } from '../object-store.ts';
import { stripeKey } from '../data-names.ts';
import type { Janitor, RadosSession } from './rados-session.ts';

/** Whether the pool has room: no longer once a write was refused for want of it, and again when one succeeds. */
export class PoolRoom {
  #refusal: string | undefined;

  /** Runs a write of bytes and learns from its end. */
  async write<T>(task: () => Promise<T>): Promise<T> {
    try {
      const result = await task();
      this.#refusal = undefined;
      return result;
    } catch (error) {
      if (isProvenderError(error, 'PROVENDER_OVER_QUOTA')) this.#refusal = error.message;
      throw error;
    }
  }

  get health(): StoreHealth {
    if (this.#refusal === undefined) return { writable: true };
    return {
      writable: false,
      reason: `${this.#refusal}; remove objects, raise the quota of the pool or add OSDs`,
    };
  }

  /** While the pool is said to be full: tries a byte under a tag of its own, which goes again. @throws what the cluster answers besides */
  async probe(session: RadosSession, janitor: Janitor): Promise<void> {
    if (this.#refusal === undefined) return;
    const tag = session.nextTag();
    try {
      await this.write(() => session.data.writeFull(stripeKey(tag, 0), new Uint8Array(1)));
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_OVER_QUOTA')) throw error;
      return;
    }
    await janitor.dropStaged(tag, { stripes: 1, rows: false });
  }
}
