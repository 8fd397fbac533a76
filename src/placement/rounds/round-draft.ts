import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import {
  MESSAGE_ANNOUNCE,
  MESSAGE_REGISTER_NODE,
  MESSAGE_SET_KEY,
  MESSAGE_UPDATE_NODE,
} from '../../proof/message-header.ts';
import { type Announce, decodeAnnounce } from '../messages/announce.ts';
import { decodeSetKey, type SetKey } from '../messages/set-key.ts';
import { isSigned } from '../messages/signed-message.ts';
import type { Registry } from '../registry/registry.ts';
import { type SetKeyContext, verifySetKey } from '../verify-set-key.ts';
import { ANNOUNCE_ROUNDS, type AnnounceBook, type OpenAnnounce } from './announce-book.ts';
import type { CheckedRecords } from './checked-records.ts';

/** What the rounds so far lead to, as far as a record is judged by it. */
export interface DraftBase {
  readonly context: SetKeyContext;
  readonly registry: Registry;
  readonly announces: AnnounceBook;
  /** Records whose signatures and proofs hold. */
  readonly checked: CheckedRecords;
  placedIn(id: ObjectId): bigint | undefined;
}

/**
 * A round in the making: takes records one by one, each on top of those before it, and leaves the base as it is.
 * A record that is refused changes nothing.
 */
export class RoundDraft {
  readonly #base: DraftBase;
  readonly #round: bigint;
  readonly #trusted: boolean;
  readonly #announced: OpenAnnounce[] = [];
  readonly #placed: ObjectId[] = [];
  #registry: Registry | undefined;

  /** @param options - `trusted` skips signatures and proofs, which were checked when the round came in */
  constructor(base: DraftBase, options: { readonly round: bigint; readonly trusted?: boolean }) {
    this.#base = base;
    this.#round = options.round;
    this.#trusted = options.trusted ?? false;
  }

  /** The registry with the records so far; that of the base when none changes it. */
  get registry(): Registry {
    return this.#registry ?? this.#base.registry;
  }

  /** Announces of this round, in order. */
  get announced(): readonly OpenAnnounce[] {
    return this.#announced;
  }

  /** Objects whose SetKeys this round holds. */
  get placed(): readonly ObjectId[] {
    return this.#placed;
  }

  /**
   * Takes a record.
   * @throws ProvenderError `PROVENDER_INVALID` for what would be wrong in any round, `PROVENDER_CONFLICT` for what does not fit into this one,
   *   `PROVENDER_UNSUPPORTED` for an unknown version or profile
   */
  apply(record: Uint8Array): void {
    const trusted = this.#trusted || this.#base.checked.has(record);
    const type = record[1];
    if (type === MESSAGE_ANNOUNCE) this.#announce(record, trusted);
    else if (type === MESSAGE_SET_KEY) this.#setKey(record, trusted);
    else if (type === MESSAGE_REGISTER_NODE || type === MESSAGE_UPDATE_NODE) this.#register(record, trusted);
    else throw new ProvenderError('PROVENDER_INVALID', `record of type ${type}: a round takes 1, 7, 8 and 9`);
    if (!trusted) this.#base.checked.add(record);
  }

  #announce(record: Uint8Array, trusted: boolean): void {
    const announce = decodeAnnounce(record);
    const { context, announces } = this.#base;
    const { id, nonce, primaryKey } = announce;
    checkOrigin(announce, context, 'Announce');
    const last = this.#announced.findLast((other) => isEqual(other.primaryKey, primaryKey))?.nonce;
    const used = last ?? announces.nonce(primaryKey);
    if (nonce <= used) throw conflict('Announce', id, `nonce ${nonce} is not above ${used} of its primary`);
    this.#checkUnplaced('Announce', id);
    if (this.#announced.some((other) => isEqual(other.id, id) && isEqual(other.primaryKey, primaryKey))) {
      throw conflict('Announce', id, 'its primary announces it in this round already');
    }
    if (!trusted) checkSignature(record, primaryKey, 'Announce');
    this.#announced.push({ ...announce, announced: this.#round });
  }

  #setKey(record: Uint8Array, trusted: boolean): void {
    const setKey = decodeSetKey(record);
    const { id, announced } = setKey;
    checkOrigin(setKey, this.#base.context, 'SetKey');
    this.#checkUnplaced('SetKey', id);
    const last = announced + ANNOUNCE_ROUNDS;
    if (announced >= this.#round || this.#round > last) {
      throw conflict(
        'SetKey',
        id,
        `of round ${announced} does not belong into round ${this.#round}, ${last} at most`,
      );
    }
    if (!trusted) {
      const verdict = verifySetKey(record, this.#base.context);
      if (!verdict.ok) {
        throw new ProvenderError('PROVENDER_INVALID', `SetKey ${shown(id)}: ${verdict.detail}`, {
          details: { reason: verdict.reason },
        });
      }
    }
    if (this.#isAnnouncedSince(setKey)) {
      throw conflict('SetKey', id, `its primary has announced the object again since round ${announced}`);
    }
    this.#placed.push(id);
  }

  /** Who announces an object again has given its placement up, and storers have let go of what they held for it. */
  #isAnnouncedSince({ id, announced, primaryKey }: SetKey): boolean {
    const here = this.#announced.filter((one) => isEqual(one.id, id));
    return [...this.#base.announces.of(id), ...here].some(
      (one) => one.announced > announced && isEqual(one.primaryKey, primaryKey),
    );
  }

  #register(record: Uint8Array, trusted: boolean): void {
    const registry = this.#registry ?? this.#base.registry.fork();
    registry.apply(record, { trusted });
    this.#registry = registry;
  }

  #checkUnplaced(what: string, id: ObjectId): void {
    const round = this.#placed.some((other) => isEqual(other, id)) ? this.#round : this.#base.placedIn(id);
    if (round !== undefined) throw conflict(what, id, `the object is placed in round ${round}`);
  }
}

/** Of this network, and by one of its primaries. */
function checkOrigin(
  { networkId, primaryKey, id }: Pick<Announce, 'networkId' | 'primaryKey' | 'id'>,
  context: SetKeyContext,
  what: string,
): void {
  if (!isEqual(networkId, context.networkId)) {
    throw new ProvenderError('PROVENDER_INVALID', `${what} ${shown(id)} is of another network`);
  }
  if (!context.isPrimary(primaryKey)) {
    throw new ProvenderError('PROVENDER_INVALID', `${what} ${shown(id)} is by no primary of the genesis`);
  }
}

function checkSignature(record: Uint8Array, key: Uint8Array, what: string): void {
  if (isSigned(record, key)) return;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `${what}: the signature is not that of ${bytesToHex(key).slice(0, 8)}..`,
  );
}

function conflict(what: string, id: ObjectId, why: string): ProvenderError {
  return new ProvenderError('PROVENDER_CONFLICT', `${what} ${shown(id)}: ${why}`);
}

function shown(id: ObjectId): string {
  return `${objectIdHex(id).slice(0, 8)}..`;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}
