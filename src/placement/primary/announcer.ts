import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { type Announce, encodeAnnounce } from '../messages/announce.ts';
import type { LogView } from './log-view.ts';
import type { PrimaryParts } from './primary-options.ts';
import { within } from './waiting.ts';

const NONCE_KEY = 'primary/nonce';

/** What the caller decides of an Announce. */
export type Announcement = Pick<Announce, 'profile' | 'id' | 'kind' | 'sizeBytes' | 'count' | 'replicas'>;

/**
 * Sends Announces, one after the other: their nonces must reach the log in ascending order. The last nonce is durable before it is used, and a state
 * store that was lost is made good by what the log shows.
 */
export class Announcer {
  readonly #parts: PrimaryParts;
  readonly #view: LogView;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: PrimaryParts, view: LogView) {
    this.#parts = parts;
    this.#view = view;
  }

  /**
   * Announces an object and waits for its round.
   * @returns a
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` when no round takes it in time, else as round log, state store and signal do
   */
  async announce(object: Announcement, signal: AbortSignal): Promise<bigint> {
    const { clock, limits } = this.#parts;
    const from = this.#view.head + 1n;
    const ms = limits.announceMs;
    const late = (): ProvenderError =>
      new ProvenderError('PROVENDER_UNAVAILABLE', `no round took the announcement within ${ms} ms`, {
        details: { reason: 'announce' },
      });
    return within({ clock, ms, signal, late }, async (limit) => {
      const bytes = await this.#inTurn(() => this.#submit(object, limit));
      return this.#view.first(
        (round) => (round.announces.some((one) => isSame(one.bytes, bytes)) ? round.number : undefined),
        { from, signal: limit },
      );
    });
  }

  async #submit(object: Announcement, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const { genesis, owner, signer, log } = this.#parts;
    const { networkId } = genesis;
    const nonce = await this.#nextNonce();
    const bytes = encodeAnnounce(
      { ...object, networkId, owner, nonce, primaryKey: signer.publicKey },
      signer,
    );
    await log.submit(bytes, { signal });
    return bytes;
  }

  async #nextNonce(): Promise<bigint> {
    const { state, chain, signer } = this.#parts;
    const record = await state.get(NONCE_KEY);
    const stored = record === undefined ? 0n : BigInt(new TextDecoder().decode(record.value));
    const known = chain.announceNonce(signer.publicKey);
    const nonce = (stored > known ? stored : known) + 1n;
    await state.txn({ then: [{ put: NONCE_KEY, value: new TextEncoder().encode(nonce.toString()) }] });
    return nonce;
  }

  /** One after the other; a failed one does not hold up the next. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined); // its caller gets the error
    return mine;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}
