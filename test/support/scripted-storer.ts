import type { Clock } from '../../src/placement/clock.ts';
import { decodeAssign } from '../../src/placement/messages/assign.ts';
import { decodeChallenge } from '../../src/placement/messages/challenge-message.ts';
import { claimHash, decodeClaim, encodeClaim } from '../../src/placement/messages/claim.ts';
import { encodeCommit } from '../../src/placement/messages/commit.ts';
import { encodeFetch } from '../../src/placement/messages/fetch.ts';
import type { CommitReply, PlacementReply } from '../../src/placement/ports.ts';
import type { PrimaryHandlers } from '../../src/placement/primary/handlers.ts';
import type { SeenRound } from '../../src/placement/primary/seen-round.ts';
import type { PlacementReason } from '../../src/placement/reasons.ts';
import { blockCount } from '../../src/content/geometry.ts';
import { PROOF_FORM, PROOF_MODE, WHOLE_BLOCKS } from '../../src/proof/challenge.ts';
import { proveVrf } from '../../src/vrf/kernels.ts';
import { selectionInput } from '../../src/vrf/selection-input.ts';
import type { ObjectFields } from '../../src/placement/messages/object-fields.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import type { TestNode } from './test-network.ts';

/** What a scripted storer does otherwise than it should. */
export interface Misbehaviour {
  /** First attempt for which it claims. Default 0. */
  readonly claimsFrom?: number;
  /** How long it waits before it claims. Default 10 ms. */
  readonly claimAfterMs?: number;
  /** Changes its Claim message. */
  readonly spoilClaim?: (claim: Uint8Array) => Uint8Array;
  readonly refuses?: PlacementReason;
  readonly isUnreachable?: boolean;
  /** Its answer to an Assign never comes. */
  readonly isMute?: boolean;
  /** The step before which it dies. */
  readonly diesBefore?: 'claim' | 'fetch' | 'commit' | 'prove';
  /** Encodes another content than it fetched. */
  readonly commitsGarbage?: boolean;
  readonly commitsTwice?: 'the same' | 'another';
  /** Changes its proof. */
  readonly spoilProof?: (proof: Uint8Array) => Uint8Array;
  /** How long the encoding takes. Default 50 ms. */
  readonly encodeMs?: number;
}

/** An object that looks for storers. */
interface Announced extends ObjectFields {
  readonly profile: number;
  readonly round: bigint;
  readonly seed: Uint8Array;
}

/** A storer at the port: claims what it sees announced, and really fetches, encodes, commits and proves, but for what it does wrong. */
export class ScriptedStorer {
  readonly node: TestNode;
  readonly does: Misbehaviour;
  readonly keeper: MemoryKeeper;
  readonly claimReplies: PlacementReply[] = [];
  readonly commitReplies: CommitReply[] = [];
  readonly proofReplies: PlacementReply[] = [];
  readonly assigns: Uint8Array[] = [];
  /** Messages that it sent. */
  readonly claims: Uint8Array[] = [];
  readonly commits: Uint8Array[] = [];
  fetchedBytes = 0;
  failure: unknown;
  readonly #primary: () => PrimaryHandlers;
  readonly #clock: Clock;
  readonly #networkId: Uint8Array;
  #announced: Announced[] = [];

  constructor(
    node: TestNode,
    world: { readonly networkId: Uint8Array; readonly clock: Clock; readonly primary: () => PrimaryHandlers },
    does: Misbehaviour = {},
  ) {
    this.node = node;
    this.does = does;
    this.#clock = world.clock;
    this.#primary = world.primary;
    this.#networkId = world.networkId;
    this.keeper = new MemoryKeeper({ networkId: world.networkId, storerKey: node.storerKey });
  }

  /** Sees a round with what was announced in the round before. */
  see(round: SeenRound, before: SeenRound): void {
    for (const { announce } of before.announces) {
      const announced = { ...announce, round: round.number, seed: round.seed };
      this.#announced.push(announced);
      if ((this.does.claimsFrom ?? 0) === 0) this.#start(this.claim(announced, 0));
    }
  }

  /** Hears of another attempt. */
  attempt({ id, attempt }: { readonly id: Uint8Array; readonly attempt: number }): void {
    const hex = Buffer.from(id).toString('hex');
    const announced = this.#announced.findLast((one) => Buffer.from(one.id).toString('hex') === hex);
    if (announced !== undefined && this.does.claimsFrom === attempt)
      this.#start(this.claim(announced, attempt));
  }

  async claim(announced: Announced, attempt: number): Promise<void> {
    if (this.does.diesBefore === 'claim') return;
    await this.#clock.sleep(this.does.claimAfterMs ?? 10);
    const message = this.claimOf(announced, attempt);
    this.claims.push(message);
    this.claimReplies.push(await this.#primary().claim(message, this.node.name));
  }

  /** Its Claim message, spoiled if it does that. */
  claimOf({ id, profile, round, seed }: Announced, attempt: number): Uint8Array {
    const networkId = this.#networkId;
    const proof = proveVrf(this.node.vrfSecret, selectionInput({ networkId, round, seed, attempt }, id));
    const { storerKey } = this.node;
    const claim = encodeClaim({ profile, networkId, id, round, attempt, storerKey, proof });
    return this.does.spoilClaim?.(claim) ?? claim;
  }

  assign(message: Uint8Array): PlacementReply {
    this.assigns.push(message);
    if (this.does.refuses !== undefined) return { ok: false, reason: this.does.refuses };
    this.#start(this.#work(message));
    return { ok: true };
  }

  /** A primary that closes or takes the place away ends the work. */
  #start(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.failure = error;
    });
  }

  async #work(assign: Uint8Array): Promise<void> {
    const { claimHash: hash, profile } = decodeAssign(assign);
    const claim = this.claims.find((one) => Buffer.compare(claimHash(one), hash) === 0);
    const { id, round } = decodeClaim(claim ?? new Uint8Array());
    const object = this.#announced.find((one) => one.round === round && Buffer.compare(one.id, id) === 0);
    if (object === undefined) throw new Error('an assignment for nothing');
    if (this.does.diesBefore === 'fetch') return;
    const placed = { round: object.round, seed: object.seed, replicaIndex: 0 };
    const source = this.#fetch(hash, object);
    const kept = await this.keeper.keep({ ...object, profile, placed }, source);
    await this.#clock.sleep(this.does.encodeMs ?? 50);
    if (this.does.diesBefore === 'commit') return;
    const layerRoots = this.does.commitsGarbage
      ? kept.layerRoots.map((root) => Uint8Array.from(root).reverse())
      : kept.layerRoots;
    const reply = await this.#commit(hash, object, layerRoots);
    if (this.does.commitsTwice === 'the same') await this.#commit(hash, object, layerRoots);
    if (this.does.commitsTwice === 'another')
      await this.#commit(
        hash,
        object,
        layerRoots.map((root) => Uint8Array.from(root).fill(1)),
      );
    if (!reply.ok || this.does.diesBefore === 'prove') return;
    await this.#prove(hash, object, reply.challenge);
  }

  async *#fetch(hash: Uint8Array, { sizeBytes, profile }: Announced): AsyncGenerator<Uint8Array> {
    const networkId = this.#networkId;
    const { storerKey, signer } = this.node;
    const request = encodeFetch({ profile, networkId, claimHash: hash, offset: 0, storerKey }, signer);
    for await (const piece of this.#primary().fetchContent(request)) {
      this.fetchedBytes += piece.length;
      yield piece;
    }
    if (this.fetchedBytes < sizeBytes) throw new Error('less than announced');
  }

  async #commit(
    hash: Uint8Array,
    { sizeBytes, profile }: Announced,
    layerRoots: readonly Uint8Array[],
  ): Promise<CommitReply> {
    const commit = {
      profile,
      networkId: this.#networkId,
      claimHash: hash,
      replicaIndex: 0,
      sizeBytes,
      layerRoots,
    };
    const message = encodeCommit(commit, this.node.signer);
    this.commits.push(message);
    const reply = await this.#primary().commit(message);
    this.commitReplies.push(reply);
    return reply;
  }

  async #prove(hash: Uint8Array, { id, sizeBytes, profile }: Announced, message: Uint8Array): Promise<void> {
    const { k, nonce: beacon } = decodeChallenge(message);
    const sampled = profile === 0 ? PROOF_FORM.possession : PROOF_FORM.relation;
    const form = blockCount(sizeBytes) <= WHOLE_BLOCKS ? PROOF_FORM.whole : sampled;
    const own = await this.keeper.prove(id, { mode: PROOF_MODE.init, form, k, beacon });
    const proof = this.does.spoilProof?.(own) ?? own;
    this.proofReplies.push(await this.#primary().prove({ claimHash: hash, proof }));
  }
}
