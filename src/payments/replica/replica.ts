import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import type { PaymentEvents } from '../payment-events.ts';
import type { Background } from './background.ts';
import { Life, type LifeParts } from './life.ts';

/** The own life key is looked at as often, beside the watch. */
const EVERY_MS = 2000;

/** What a replica lives with. */
export interface ReplicaParts extends Omit<LifeParts, 'ownKeys'> {
  readonly background: Background;
  readonly events: PaymentEvents;
}

/**
 * This process as one of the replicas: keeps a life, begins a new one when that is lost, and stops when another process has taken its id.
 *
 * States: living -> without a life -> living; each -> replaced or closed.
 */
export class Replica {
  readonly #parts: ReplicaParts & LifeParts;
  #life: Life;
  #replaced: ProvenderError | undefined;

  private constructor(parts: ReplicaParts & LifeParts, life: Life) {
    this.#parts = parts;
    this.#life = life;
  }

  /** Begins the first life. @throws ProvenderError as `Life.begin` does */
  static async begin(given: ReplicaParts): Promise<Replica> {
    const parts = { ...given, ownKeys: new Set<string>() };
    const replica = new Replica(parts, await Life.begin(parts));
    replica.#announce();
    parts.background.run('keep the life of the replica', () => replica.#keep());
    parts.background.run('watch the lives', () => replica.#watch());
    return replica;
  }

  /**
   * The life that calls are taken under.
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` while there is none, and for good when another process has the replica id
   */
  get life(): Life {
    const { replica } = this.#parts;
    if (this.#replaced !== undefined)
      throw new ProvenderError(
        'PROVENDER_UNAVAILABLE',
        `replica id ${replica} is in use by another process`,
        {
          cause: this.#replaced,
        },
      );
    if (this.#life.lost.aborted)
      throw new ProvenderError(
        'PROVENDER_UNAVAILABLE',
        `replica ${replica} has lost its lease and gets a new one`,
        { cause: this.#life.lost.reason },
      );
    return this.#life;
  }

  /** Tells whether a life, 16 bytes, is or was one of this process. */
  isOwnLife(life: Uint8Array): boolean {
    const { keys, ownKeys } = this.#parts;
    return ownKeys.has(keys.life(life));
  }

  /** Ends the life: its key and what is bound to its lease goes. */
  async close(): Promise<void> {
    await this.#life.lease.close();
  }

  async #keep(): Promise<void> {
    const { background } = this.#parts;
    while (!background.stop.aborted) {
      await background.pause(EVERY_MS, this.#life.lost);
      if (background.stop.aborted) return;
      if (!this.#life.lost.aborted) await this.#look();
      if (this.#life.lost.aborted && !(await this.#renew())) return;
    }
  }

  /** Looks whether the own key is there; a store that does not answer says nothing about it. */
  async #look(): Promise<void> {
    const { state, events, background } = this.#parts;
    try {
      if ((await state.get(this.#life.key)) === undefined) this.#life.lose(keyGone());
    } catch (error) {
      if (!background.stop.aborted) events.dutyFailed?.({ duty: 'look at the own life', error });
    }
  }

  /** Begins a new life; `false` when another process has the replica id. */
  async #renew(): Promise<boolean> {
    const { background, events, replica } = this.#parts;
    const last = this.#life;
    const reason = last.lost.reason instanceof Error ? last.lost.reason.message : String(last.lost.reason);
    events.lifeLost?.({ replica, life: last.name, reason });
    const life = await background.untilDone('begin a new life', () => this.#beginAfter(last));
    if (life === undefined) return false;
    this.#life = life;
    this.#announce();
    return true;
  }

  async #beginAfter(last: Life): Promise<Life | undefined> {
    try {
      // the store may keep it although this process has given it up
      await this.#parts.state.revokeLease(last.lease.name);
      return await Life.begin(this.#parts, last);
    } catch (error) {
      if (!isProvenderError(error, 'PROVENDER_CONFIG')) throw error;
      this.#replaced = error;
      this.#parts.events.replaced?.({ replica: this.#parts.replica });
      return undefined;
    }
  }

  /** Sees at once what `#look` would see later: that the own key goes. */
  async #watch(): Promise<void> {
    const { state, keys, background, events } = this.#parts;
    while (!background.stop.aborted && this.#replaced === undefined) {
      try {
        for await (const changes of state.watch(keys.lives, {}, { signal: background.stop }))
          for (const change of changes)
            if ('deleted' in change && change.deleted.key === this.#life.key) this.#life.lose(keyGone());
      } catch (error) {
        if (!background.stop.aborted) events.dutyFailed?.({ duty: 'watch the lives', error });
      }
      await background.pause(EVERY_MS);
    }
  }

  #announce(): void {
    this.#parts.events.lifeBegun?.({ replica: this.#parts.replica, life: this.#life.name });
  }
}

function keyGone(): ProvenderError {
  return new ProvenderError('PROVENDER_UNAVAILABLE', 'lease lost: its key is gone');
}
