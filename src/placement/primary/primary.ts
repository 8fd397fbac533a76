import { bytesToHex } from '@noble/hashes/utils.js';
import { type ObjectId, objectIdHex, OBJECT_KIND } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { profilePasses } from '../../proof/profile.ts';
import { decodeCommit } from '../messages/commit.ts';
import { decodeFetch } from '../messages/fetch.ts';
import { checkReplicas } from '../messages/object-fields.ts';
import { encodeName } from '../messages/set-key.ts';
import type { CommitReply, NodeCallOptions, OpenAttempt, PlacementReply, StagedContent } from '../ports.ts';
import { Announcer } from './announcer.ts';
import { AttemptFeed } from './attempt-feed.ts';
import { ClaimDesk, decodedOr } from './claim-desk.ts';
import type { Explanation } from './explanation.ts';
import { Explanations } from './explanations.ts';
import type { PrimaryHandlers } from './handlers.ts';
import { JoinedPlacing } from './joined-placing.ts';
import { LogView } from './log-view.ts';
import type { Placing } from './placing.ts';
import { type PlacingObject, placingObject } from './placing-object.ts';
import {
  type PendingContent,
  PRIMARY_LIMITS,
  type PrimaryOptions,
  type PrimaryParts,
  type PlaceOptions,
} from './primary-options.ts';
import { ProofQueue } from './proof-queue.ts';
import { receiptOf } from './receipts.ts';
import type { ReplicaDesk } from './replica-desk.ts';
import type { SharedWork } from './shared-work.ts';
import { VrfBatches } from './vrf-batches.ts';

/**
 * The node that a user talks to: announces an object, ranks the storers that claim it, assigns, checks what they commit to, and signs when N are
 * complete. Takes storers' messages by its handlers.
 *
 * States: open -> closed. Closing ends the placements that run with `PROVENDER_CLOSED`; they were not acknowledged, and no storer was signed for.
 *
 * @see storer-selection.md, sections 5 and 6
 */
export class Primary implements PrimaryHandlers, AsyncDisposable {
  readonly #work: SharedWork;
  readonly #claims: ClaimDesk;
  readonly #explanations = new Explanations();
  readonly #running = new Map<string, JoinedPlacing>();
  readonly #closing: AbortController;

  private constructor(parts: PrimaryParts, view: LogView) {
    this.#closing = new AbortController();
    this.#work = {
      parts,
      view,
      announcer: new Announcer(parts, view),
      feed: new AttemptFeed(this.#closing.signal),
      vrf: new VrfBatches(parts.vrf),
      proofs: new ProofQueue(parts.clock),
      byObject: new Map<string, Placing>(),
      byClaim: new Map<string, Placing>(),
    };
    this.#claims = new ClaimDesk(this.#work);
  }

  /** Reads the last rounds and follows the log from then on. @throws ProvenderError as the round log does */
  static async open(options: PrimaryOptions): Promise<Primary> {
    const parts = { ...options, limits: { ...PRIMARY_LIMITS, ...options.limits } };
    return new Primary(parts, await LogView.open(options.log));
  }

  /** Placements that run. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Places an object, and waits until N storers have committed to it, their replicas are checked and the round with the SetKey is in the log. An
   * object that is placed already is answered at once; calls for one object at the same time share one placement.
   *
   * @returns the receipt
   * @throws ProvenderError `PROVENDER_UNAVAILABLE` with `details` reason `storers`, attempt, found and needed when N were not found;
   *   `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for what cannot be placed; `PROVENDER_CONFLICT` when it is being placed in another way;
   *   `PROVENDER_BUSY`, `PROVENDER_CLOSED`, `PROVENDER_CANCELLED`; `PROVENDER_AMBIGUOUS` when the SetKey may still get into a round
   */
  async place(content: StagedContent | PendingContent, options: PlaceOptions): Promise<Uint8Array> {
    this.#checkOpen();
    const object = placingObject(content, options);
    this.#check(object);
    const known = await this.receipt(object.id);
    if (known !== undefined) return known;
    const placedIn = await this.#joined(object).join(object.staged, options.signal);
    return receiptOf(object.id, placedIn, this.#work.parts);
  }

  /** @see PrimaryHandlers */
  async claim(message: Uint8Array, peer: string): Promise<PlacementReply> {
    this.#checkOpen();
    return this.#claims.claim(message, peer);
  }

  /** @see PrimaryHandlers */
  async commit(message: Uint8Array): Promise<CommitReply> {
    this.#checkOpen();
    const commit = decodedOr(message, decodeCommit);
    const reply: CommitReply =
      commit === undefined
        ? { ok: false, reason: 'form' }
        : ((await this.#desk(commit.claimHash)?.commit(Uint8Array.from(message), commit)) ??
          this.#unknown(commit.claimHash));
    this.#work.parts.events.commit(reply.ok ? 'ok' : reply.reason);
    return reply;
  }

  /** @see PrimaryHandlers */
  async prove(answer: {
    readonly claimHash: Uint8Array;
    readonly proof: Uint8Array;
  }): Promise<PlacementReply> {
    this.#checkOpen();
    const { claimHash, proof } = answer;
    return (await this.#desk(claimHash)?.prove(claimHash, proof)) ?? this.#unknown(claimHash);
  }

  /** @see PrimaryHandlers */
  async *fetchContent(message: Uint8Array, { signal }: NodeCallOptions = {}): AsyncGenerator<Uint8Array> {
    this.#checkOpen();
    const request = decodeFetch(message);
    const desk = this.#desk(request.claimHash);
    if (desk === undefined) {
      const { reason } = this.#unknown(request.claimHash);
      throw new ProvenderError('PROVENDER_DENIED', `no content for this claim: ${reason}`, {
        details: { reason },
      });
    }
    yield* desk.fetch(message, request, signal);
  }

  /** @see PrimaryHandlers */
  watchAttempts(options: NodeCallOptions = {}): AsyncIterable<OpenAttempt> {
    this.#checkOpen();
    return this.#work.feed.watch(options);
  }

  /** @see PrimaryHandlers */
  explain(id: ObjectId): Explanation | undefined {
    return this.#running.get(objectIdHex(id))?.explain() ?? this.#explanations.find(id);
  }

  /** @see PrimaryHandlers */
  async receipt(id: ObjectId): Promise<Uint8Array | undefined> {
    const { parts } = this.#work;
    const placedIn = parts.chain.placedIn(id);
    return placedIn === undefined ? undefined : receiptOf(id, placedIn, parts);
  }

  /** Ends what runs and waits for it. Idempotent. */
  async close(): Promise<void> {
    const error = new ProvenderError('PROVENDER_CLOSED', 'the primary is closed');
    this.#closing.abort(error);
    const running = [...this.#running.values()];
    for (const one of running) one.abort(error);
    await Promise.allSettled(running.map(({ result }) => result)); // those who wait get the errors
    await this.#work.view.close();
    await this.#claims.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #joined(object: PlacingObject): JoinedPlacing {
    this.#checkOpen();
    const key = objectIdHex(object.id);
    const known = this.#running.get(key);
    if (known !== undefined) return sameWay(known, object);
    const { limits } = this.#work.parts;
    if (this.#running.size >= limits.placements) {
      throw new ProvenderError('PROVENDER_BUSY', `${limits.placements} placements run, which is the limit`);
    }
    const joined = new JoinedPlacing(this.#work, object, (explanation) => {
      this.#running.delete(key);
      this.#explanations.add(explanation);
    });
    this.#running.set(key, joined);
    return joined;
  }

  #check({ kind, profile, replicas, name }: PlacingObject): void {
    const { view, parts } = this.#work;
    const fault = parts.log.fault();
    if (fault !== undefined) throw new ProvenderError('PROVENDER_UNAVAILABLE', `the log of rounds: ${fault}`);
    if (view.failure !== undefined) throw view.failure;
    profilePasses(profile);
    encodeName(name); // or the SetKey would fail, when all the work is done
    const isUnknown = parts.genesis.parameters.tauNumerators[checkReplicas(replicas)] === undefined;
    if (kind === OBJECT_KIND.collection || isUnknown) {
      const what = isUnknown ? `${replicas} replicas` : 'collections';
      throw new ProvenderError('PROVENDER_UNSUPPORTED', `this network has no lottery for ${what}`);
    }
  }

  #desk(claimHash: Uint8Array): ReplicaDesk | undefined {
    return this.#work.byClaim.get(bytesToHex(claimHash))?.desk;
  }

  #unknown(claimHash: Uint8Array): { readonly ok: false; readonly reason: 'unknown' | 'unassigned' } {
    return { ok: false, reason: this.#work.byClaim.has(bytesToHex(claimHash)) ? 'unassigned' : 'unknown' };
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new ProvenderError('PROVENDER_CLOSED', 'the primary is closed');
  }
}

function sameWay(known: JoinedPlacing, { profile, replicas }: PlacingObject): JoinedPlacing {
  const { object } = known;
  if (object.profile === profile && object.replicas === replicas) return known;
  throw new ProvenderError(
    'PROVENDER_CONFLICT',
    `the object is being placed with profile ${object.profile} and ${object.replicas} replicas`,
  );
}
