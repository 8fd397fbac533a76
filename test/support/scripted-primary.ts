import { compareBytes, type ObjectFacts, type ObjectId, objectId } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import { type Assign, encodeAssign } from '../../src/placement/messages/assign.ts';
import { encodeChallenge } from '../../src/placement/messages/challenge-message.ts';
import { type Claim, claimHash, decodeClaim } from '../../src/placement/messages/claim.ts';
import { decodeCommit } from '../../src/placement/messages/commit.ts';
import { decodeFetch } from '../../src/placement/messages/fetch.ts';
import { encodeSetKey } from '../../src/placement/messages/set-key.ts';
import { isSigned } from '../../src/placement/messages/signed-message.ts';
import type {
  CommitReply,
  NodeCallOptions,
  NodePeer,
  OpenAttempt,
  PlacementReply,
  PrimaryCalls,
} from '../../src/placement/ports.ts';
import { type Challenge, PROOF_FORM, PROOF_MODE } from '../../src/proof/challenge.ts';
import { commR, type Statement } from '../../src/proof/commitment.ts';
import { verifyReplicaProof } from '../../src/proof/verify-replica.ts';
import type { ChainLog } from './chain-log.ts';
import { bytesOf } from './placement-fixtures.ts';
import type { TestNode } from './test-network.ts';

/** What a primary has of an object. */
export interface ScriptedObject {
  readonly facts: ObjectFacts;
  readonly content: Uint8Array;
}

/** A call that came. */
type Call = 'claim' | 'fetch' | 'commit' | 'prove';

const PIECE = 4096;

/** A primary as storers see it: honest, as far as a test does not script it. Every check of messages and proofs is real. */
export class ScriptedPrimary implements PrimaryCalls {
  readonly calls: { readonly call: Call; readonly to: NodePeer | string }[] = [];
  /** Claims that came, by their hash in hex, in order. */
  readonly claims = new Map<string, Uint8Array>();
  /** Commits that came, by the same. */
  readonly commits = new Map<string, Uint8Array>();
  /** Hashes of claims whose proofs held. */
  readonly proven = new Set<string>();
  /** Runs before a call is answered: throws, waits, or answers in its place. */
  before: (call: Call, options?: NodeCallOptions) => Promise<PlacementReply | undefined> | undefined = () =>
    undefined;
  /** Changes a stream of content on its way. */
  stream: (pieces: AsyncIterable<Uint8Array>, address: string) => AsyncIterable<Uint8Array> = (pieces) =>
    pieces;
  readonly #log: ChainLog;
  readonly #node: TestNode;
  readonly #objects = new Map<string, ScriptedObject>();
  readonly #challenges = new Map<string, { readonly statement: Statement; readonly challenge: Challenge }>();
  readonly #attempts: OpenAttempt[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(log: ChainLog, node: TestNode) {
    this.#log = log;
    this.#node = node;
  }

  stage(object: ScriptedObject): ObjectId {
    const id = objectId(object.facts);
    this.#objects.set(hex(id), object);
    return id;
  }

  /** An Assign for a claim that came. */
  assign(claim: Uint8Array, change: Partial<Assign> = {}): Uint8Array {
    const { profile, networkId } = decodeClaim(claim);
    const assign = { profile, networkId, claimHash: claimHash(claim), place: 0, deadlineMs: 60_000 };
    const primaryKey = this.#node.storerKey;
    return encodeAssign({ ...assign, sources: ['a:1'], primaryKey, ...change }, this.#node.signer);
  }

  /** A SetKey with the commitments of these claims. */
  setKey(
    id: ObjectId,
    claims: readonly Uint8Array[],
    commits: ReadonlyMap<string, Uint8Array> = this.commits,
  ): Uint8Array {
    const object = this.#objects.get(hex(id));
    const [first] = claims.map(decodeClaim);
    if (object === undefined || first === undefined) throw new Error('nothing to sign');
    const { profile, networkId, round } = first;
    const commitments = claims.map((claim) => {
      const commit = commits.get(hex(claimHash(claim)));
      if (commit === undefined) throw new Error('a claim without its commit');
      return { claim, commit };
    });
    const attempt = Math.max(...claims.map((claim) => decodeClaim(claim).attempt));
    const place = { announced: round - 1n, attempt, name: '', replicas: claims.length, commitments };
    const fields = { profile, networkId, id, ...object.facts, ...place, primaryKey: this.#node.storerKey };
    return encodeSetKey(fields, this.#node.signer);
  }

  /** Tells all watchers of an attempt, those that come later too. */
  open(attempt: OpenAttempt): void {
    this.#attempts.push(attempt);
    for (const wake of this.#watchers) wake();
  }

  async claim(to: NodePeer, message: Uint8Array, options?: NodeCallOptions): Promise<PlacementReply> {
    this.calls.push({ call: 'claim', to });
    const answer = await this.before('claim', options);
    if (answer !== undefined) return answer;
    const key = hex(claimHash(message));
    if (this.claims.has(key)) return { ok: false, reason: 'duplicate' };
    this.claims.set(key, message);
    return { ok: true };
  }

  async *fetchContent(
    address: string,
    request: Uint8Array,
    options?: NodeCallOptions,
  ): AsyncIterable<Uint8Array> {
    this.calls.push({ call: 'fetch', to: address });
    await this.before('fetch', options);
    const { claimHash: hash, offset, storerKey } = decodeFetch(request);
    const claim = this.#claimOf(hash);
    if (
      claim === undefined ||
      compareBytes(claim.storerKey, storerKey) !== 0 ||
      !isSigned(request, storerKey)
    )
      throw new ProvenderError('PROVENDER_DENIED', 'no assignment', { details: { reason: 'unassigned' } });
    const content = this.#objects.get(hex(claim.id))?.content ?? new Uint8Array();
    yield* this.stream(cut(content.subarray(offset)), address);
  }

  async commit(to: NodePeer, message: Uint8Array, options?: NodeCallOptions): Promise<CommitReply> {
    this.calls.push({ call: 'commit', to });
    const answer = await this.before('commit', options);
    if (answer !== undefined && !answer.ok) return answer;
    const commit = decodeCommit(message);
    const key = hex(commit.claimHash);
    const claim = this.#claimOf(commit.claimHash);
    if (claim === undefined) return { ok: false, reason: 'unassigned' };
    if (!isSigned(message, claim.storerKey)) return { ok: false, reason: 'signature' };
    const before = this.commits.get(key);
    if (before !== undefined && compareBytes(before, message) !== 0)
      return { ok: false, reason: 'contradiction' };
    this.commits.set(key, message);
    const asked = this.#challenge(claim, commit.layerRoots);
    this.#challenges.set(key, asked);
    const { profile, networkId } = claim;
    const { beacon: nonce, k } = asked.challenge;
    const primaryKey = this.#node.storerKey;
    const fields = { profile, networkId, commR: commR(asked.statement), nonce, k, primaryKey };
    return { ok: true, challenge: this.challengeOf(encodeChallenge(fields, this.#node.signer)) };
  }

  /** Changes a Challenge on its way. */
  challengeOf: (challenge: Uint8Array) => Uint8Array = (challenge) => challenge;

  async prove(
    to: NodePeer,
    { claimHash: hash, proof }: { readonly claimHash: Uint8Array; readonly proof: Uint8Array },
    options?: NodeCallOptions,
  ): Promise<PlacementReply> {
    this.calls.push({ call: 'prove', to });
    const answer = await this.before('prove', options);
    if (answer !== undefined) return answer;
    const asked = this.#challenges.get(hex(hash));
    if (asked === undefined) return { ok: false, reason: 'unassigned' };
    if (!verifyReplicaProof(asked.statement, asked.challenge, proof).ok)
      return { ok: false, reason: 'possession' };
    this.proven.add(hex(hash));
    return { ok: true };
  }

  async *watchAttempts(_primary: NodePeer, { signal }: NodeCallOptions = {}): AsyncIterable<OpenAttempt> {
    for (let next = 0; signal?.aborted !== true; ) {
      const attempt = this.#attempts[next];
      if (attempt !== undefined) {
        next++;
        yield attempt;
        continue;
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#watchers.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        this.#watchers.add(wake);
        signal?.addEventListener('abort', wake);
      });
    }
  }

  #claimOf(hash: Uint8Array): Claim | undefined {
    const message = this.claims.get(hex(hash));
    return message === undefined ? undefined : decodeClaim(message);
  }

  #challenge(claim: Claim, layerRoots: readonly Uint8Array[]) {
    const { profile, networkId, id, storerKey, round } = claim;
    const facts = this.#objects.get(hex(id))?.facts;
    const seed = this.#log.chain.seedOf(round);
    if (facts === undefined || seed === undefined) throw new Error('an object that nobody staged');
    const statement = {
      profile,
      networkId,
      id,
      storerKey,
      round,
      seed,
      replicaIndex: 0,
      ...facts,
      layerRoots,
    };
    const isSmall = facts.sizeBytes <= 131_072;
    const sampled = profile === 0 ? PROOF_FORM.possession : PROOF_FORM.relation;
    const challenge: Challenge = {
      mode: PROOF_MODE.init,
      form: isSmall ? PROOF_FORM.whole : sampled,
      k: isSmall ? 0 : 132,
      beacon: isSmall ? new Uint8Array(32) : bytesOf(`beacon ${hex(storerKey)}`),
    };
    return { statement, challenge };
  }
}

async function* cut(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += PIECE) yield content.subarray(at, at + PIECE);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
