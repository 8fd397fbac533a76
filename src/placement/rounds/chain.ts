import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes, type ObjectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { verifyVrf } from '../../vrf/kernels.ts';
import { isSigned } from '../messages/signed-message.ts';
import { inPlace } from '../registry/error-place.ts';
import type { Genesis, NetworkParameters } from '../registry/genesis.ts';
import { Registry } from '../registry/registry.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import type { SetKeyContext } from '../verify-set-key.ts';
import { ANNOUNCE_ROUNDS, AnnounceBook, type OpenAnnounce } from './announce-book.ts';
import { CheckedRecords } from './checked-records.ts';
import { EpochSnapshots } from './epoch-snapshots.ts';
import { inOrder } from './record-order.ts';
import { decodeRound, fittingRecords, type Round, roundHash } from './round.ts';
import { RoundDraft } from './round-draft.ts';
import { seedInput, seedOf } from './seeds.ts';

/** Where a chain ends. */
export interface ChainHead {
  readonly number: bigint;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  readonly unixMs: bigint;
}

/** How much of a round is looked at. */
export interface RoundChecks {
  /** Skips signatures and proofs, which were checked when the round came in; for a replay of one's own log. */
  readonly trusted?: boolean;
}

/** A record that no round may hold any more. */
interface RefusedRecord {
  readonly record: Uint8Array;
  readonly error: ProvenderError;
}

/** What becomes of records that wait; those that are in neither list go on waiting. */
export interface ChosenRecords {
  readonly records: readonly Uint8Array[];
  readonly refused: readonly RefusedRecord[];
}

/** Rounds whose seeds are kept, the head included. Open Announces need those of the last 22. */
const KEPT_SEEDS = 64n;

/**
 * What the rounds of a log lead to, every one of them checked: the registry, snapshots and seeds of late rounds, open Announces, and where each
 * object was placed. Knows no clock and no store. A round or record that is refused changes nothing.
 *
 * Takes memory for: each node, each placed object (about 100 bytes), the Announces of 20 rounds, the seeds of 64, snapshots of 3 epochs and a few.
 *
 * @see rounds.md; storer-selection.md, sections 2 and 3
 */
export class Chain implements SetKeyContext {
  readonly networkId: Uint8Array;
  readonly rules: NetworkParameters;
  readonly #primaries: ReadonlySet<string>;
  readonly #registry: Registry;
  readonly #snapshots: EpochSnapshots;
  readonly #seeds = new Map<bigint, Uint8Array>();
  readonly #announces = new AnnounceBook();
  readonly #placed = new Map<string, bigint>();
  readonly #checked = new CheckedRecords();
  #head: ChainHead;

  private constructor(genesis: Genesis) {
    const { seed, unixMs, records } = decodeRound(genesis.round);
    this.networkId = genesis.networkId;
    this.rules = genesis.parameters;
    this.#primaries = new Set(genesis.primaries.map(({ storerKey }) => bytesToHex(storerKey)));
    this.#registry = new Registry(genesis.networkId);
    this.#snapshots = new EpochSnapshots(genesis.parameters);
    for (const record of records) this.#registry.apply(record, { trusted: true });
    this.#snapshots.after(0n, this.#registry);
    this.#seeds.set(0n, seed);
    this.#head = { number: 0n, hash: roundHash(genesis.round), seed, unixMs };
  }

  /** The chain of round 0. @param genesis - checked, as `parseGenesis` and `makeGenesis` give it */
  static from(genesis: Genesis): Chain {
    return new Chain(genesis);
  }

  get head(): ChainHead {
    return this.#head;
  }

  /** Nodes as they are now: addresses and retirements count at once, keys and weights by `snapshotOf`. */
  get registry(): Pick<Registry, 'node' | 'nodes' | 'size'> {
    return this.#registry;
  }

  /** The snapshot that a round uses; `undefined` when it is not known yet, or no round of late uses it. */
  snapshotOf(round: bigint): Snapshot | undefined {
    return this.#snapshots.ofEpoch(this.#snapshots.epochOf(round));
  }

  /** The snapshot of an epoch; known from the last round of the epoch two before on, until no round of late uses it. */
  snapshotOfEpoch(epoch: bigint): Snapshot | undefined {
    return this.#snapshots.ofEpoch(epoch);
  }

  /** Seed of one of the last 64 rounds, 32 bytes. */
  seedOf(round: bigint): Uint8Array | undefined {
    return this.#seeds.get(round);
  }

  /** Tells whether a node key is that of a primary of the genesis. */
  isPrimary(key: Uint8Array): boolean {
    return this.#primaries.has(bytesToHex(key));
  }

  /** Open Announces of an object. @param round - only those that this round holds */
  announces(id: ObjectId, round?: bigint): readonly OpenAnnounce[] {
    return this.#announces.of(id, round);
  }

  /** All open Announces. */
  openAnnounces(): readonly OpenAnnounce[] {
    return this.#announces.all();
  }

  /** The highest nonce of a primary's Announces; 0 before the first. */
  announceNonce(primaryKey: Uint8Array): bigint {
    return this.#announces.nonce(primaryKey);
  }

  /** The round that holds the SetKey of an object; `undefined` when it is not placed. */
  placedIn(id: ObjectId): bigint | undefined {
    return this.#placed.get(bytesToHex(id));
  }

  /**
   * Takes the next round.
   * @throws ProvenderError `PROVENDER_CONFLICT` when it is not one behind the head, `PROVENDER_INVALID` or `PROVENDER_UNSUPPORTED` when it does
   *   not hold; errors of a record say which one
   */
  next(bytes: Uint8Array, checks: RoundChecks = {}): void {
    const { draft, head } = this.#examine(bytes, checks);
    this.#take(draft, head);
  }

  /** Throws where `next` would, and takes nothing: a log checks a round, writes it down, then takes it. */
  check(bytes: Uint8Array): void {
    this.#examine(bytes, {});
  }

  #examine(bytes: Uint8Array, checks: RoundChecks): { readonly draft: RoundDraft; readonly head: ChainHead } {
    const round = decodeRound(bytes);
    this.#checkLink(round);
    this.#checkSnapshot(round);
    if (!checks.trusted) this.#checkProposer(round, bytes);
    const draft = this.#draft(checks);
    round.records.forEach((record, i) => {
      inPlace(`round ${round.number}, record ${i}`, () => draft.apply(record));
    });
    const { number, seed, unixMs } = round;
    return { draft, head: { number, hash: roundHash(bytes), seed, unixMs } };
  }

  /**
   * Checks that the next round may hold a record, were it the only one.
   * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` or `PROVENDER_CONFLICT` with the reason
   */
  admits(record: Uint8Array): void {
    this.#draft({}).apply(record);
  }

  /**
   * Chooses from the records that wait what the next round is to hold, earliest first as far as there is room; in the round they stand in the
   * order of their nonces. The chain stays as it is.
   */
  choose(waiting: readonly Uint8Array[]): ChosenRecords {
    const draft = this.#draft({});
    const records: Uint8Array[] = [];
    const refused: RefusedRecord[] = [];
    for (const record of inOrder(fittingRecords(waiting))) {
      try {
        draft.apply(record);
        records.push(record);
      } catch (error) {
        if (!(error instanceof ProvenderError)) throw error;
        refused.push({ record, error });
      }
    }
    return { records, refused };
  }

  #draft({ trusted = false }: RoundChecks): RoundDraft {
    const base = {
      context: this,
      registry: this.#registry,
      announces: this.#announces,
      checked: this.#checked,
      placedIn: (id: ObjectId) => this.placedIn(id),
    };
    return new RoundDraft(base, { round: this.#head.number + 1n, trusted });
  }

  #checkLink(round: Round): void {
    const { number, hash, unixMs } = this.#head;
    if (!isEqual(round.networkId, this.networkId)) throw invalid(round, 'is of another network');
    if (round.number !== number + 1n || !isEqual(round.prevHash, hash)) {
      throw new ProvenderError(
        'PROVENDER_CONFLICT',
        `round ${round.number} does not follow the head, round ${number}`,
        {
          details: { found: round.number, head: number },
        },
      );
    }
    if (round.unixMs < unixMs) throw invalid(round, `goes back in time, to ${round.unixMs} from ${unixMs}`);
  }

  #checkSnapshot(round: Round): void {
    const root = this.snapshotOf(round.number)?.root;
    if (root === undefined || !isEqual(root, round.registryRoot)) {
      throw invalid(
        round,
        `names registry ${bytesToHex(round.registryRoot).slice(0, 8)}.., which is not that of its epoch`,
      );
    }
  }

  /** Keys are those of the snapshot: a key that is registered once the seed before it is known could be chosen for the next one. */
  #checkProposer(round: Round, bytes: Uint8Array): void {
    const { proposerKey, vrfKey, number } = round;
    const leaf = this.isPrimary(proposerKey) ? this.snapshotOf(number)?.find(proposerKey) : undefined;
    if (leaf === undefined) throw invalid(round, 'is by nobody who may append');
    if (!isEqual(leaf.vrfKey, vrfKey)) throw invalid(round, 'has another VRF key than its proposer');
    if (!isSigned(bytes, proposerKey)) throw invalid(round, 'is not signed by its proposer');
    const input = seedInput({ networkId: this.networkId, round: number, previousSeed: this.#head.seed });
    const beta = verifyVrf(vrfKey, input, round.proof);
    if (beta === undefined) throw invalid(round, 'has a proof of its seed that does not hold');
    if (!isEqual(seedOf(beta), round.seed)) throw invalid(round, 'has another seed than its proof gives');
  }

  #take(draft: RoundDraft, head: ChainHead): void {
    if (draft.registry !== this.#registry) this.#registry.adopt(draft.registry);
    for (const announce of draft.announced) this.#announces.add(announce);
    for (const id of draft.placed) {
      this.#placed.set(bytesToHex(id), head.number);
      this.#announces.close(id);
    }
    this.#announces.expire(head.number);
    this.#seeds.set(head.number, head.seed);
    this.#seeds.delete(head.number - KEPT_SEEDS);
    this.#snapshots.after(head.number, this.#registry);
    this.#snapshots.drop(head.number - ANNOUNCE_ROUNDS);
    this.#head = head;
  }
}

function invalid({ number }: Round, what: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `round ${number} ${what}`);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}
