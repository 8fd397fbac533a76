import { OBJECT_KIND, type ObjectId, objectId } from '../../src/content/object-id.ts';
import type { StagedContent, VrfEngine } from '../../src/placement/ports.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { PlacementState } from '../../src/placement/primary/explanation.ts';
import type { CommitEvidence, PlacementEvents } from '../../src/placement/primary/placement-events.ts';
import { Primary } from '../../src/placement/primary/primary.ts';
import type { PlaceOptions, PrimaryLimits } from '../../src/placement/primary/primary-options.ts';
import { type SeenRound, seenRound } from '../../src/placement/primary/seen-round.ts';
import type { Founding } from '../../src/placement/registry/genesis.ts';
import { verifyVrf } from '../../src/vrf/kernels.ts';
import { contentOf } from './content.ts';
import { rootOf } from './memory-keeper.ts';
import { MemoryState } from './memory-state.ts';
import { type Misbehaviour, ScriptedStorer } from './scripted-storer.ts';
import { SequencedLog } from './sequenced-log.ts';
import { bytesOf } from './placement-fixtures.ts';
import { type TestNetwork, testNetwork } from './test-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Everything that a primary told telemetry, by word. */
export class CountedEvents implements PlacementEvents {
  readonly counts = new Map<string, number>();
  readonly evidences: CommitEvidence[] = [];
  readonly passed: { readonly primaryKey: Uint8Array; readonly better: number }[] = [];
  servedBytes = 0;

  count(word: string): number {
    return this.counts.get(word) ?? 0;
  }

  claim = (verdict: string): void => this.#add(`claim ${verdict}`);
  assign = (verdict: string): void => this.#add(`assign ${verdict}`);
  commit = (verdict: string): void => this.#add(`commit ${verdict}`);
  prove = (verdict: string): void => this.#add(`prove ${verdict}`);
  promotion = (reason: string): void => this.#add(`promotion ${reason}`);
  attempt = (attempt: number): void => this.#add(`attempt ${attempt}`);
  ended = (outcome: string): void => this.#add(`ended ${outcome}`);

  served = (bytes: number): void => {
    this.servedBytes += bytes;
  };

  passedOver = (primaryKey: Uint8Array, { better }: { readonly better: number }): void => {
    this.passed.push({ primaryKey, better });
  };

  evidence = (evidence: CommitEvidence): void => {
    this.evidences.push(evidence);
  };

  #add(word: string): void {
    this.counts.set(word, this.count(word) + 1);
  }
}

/** A file that a name stands for, all in memory. */
export function stagedFile(name: string, sizeBytes = 5000): StagedContent {
  const bytes = contentOf(name, sizeBytes);
  const layer0 = new Uint8Array(Math.max(1, Math.ceil(sizeBytes / 4096)) * 4096);
  layer0.set(bytes);
  const facts = { kind: OBJECT_KIND.file, sizeBytes, count: 1, dataRoot: rootOf(layer0) };
  return {
    facts,
    id: objectId(facts),
    async *read(offset, { signal } = {}) {
      for (let at = offset; at < sizeBytes; at += 4096) {
        signal?.throwIfAborted();
        yield bytes.subarray(at, Math.min(at + 4096, sizeBytes));
        await Promise.resolve();
      }
    },
  };
}

/** Proofs of the lottery, at once. */
const ENGINE: Pick<VrfEngine, 'verify'> = {
  verify: (questions) =>
    Promise.resolve(questions.map(({ publicKey, input, proof }) => verifyVrf(publicKey, input, proof))),
};

/** Every storer is selected in every lottery: n nodes of equal weight, τ of n. */
export function everybodyWins(storers: number): Partial<Founding> {
  const tau = 1000 * (storers + 2);
  return {
    parameters: {
      regionCap: false,
      tauNumerators: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [n + 1, tau])),
    },
  };
}

/** A network in one process: a chain, a virtual clock, scripted storers, and the primary under test. */
export class PrimaryWorld {
  readonly clock = new VirtualClock();
  readonly network: TestNetwork;
  readonly log: SequencedLog;
  readonly state = new MemoryState();
  readonly events = new CountedEvents();
  readonly storers: readonly ScriptedStorer[];
  readonly #abort = new AbortController();
  #primary: Primary | undefined;
  #nonces = 0;

  /** @param scripts - what each storer does wrong; the primary holds nothing itself */
  constructor(scripts: readonly Misbehaviour[], change: Partial<Founding> = everybodyWins(scripts.length)) {
    this.network = testNetwork(scripts.length + 1, change);
    this.log = new SequencedLog(this.network, this.clock);
    const { networkId } = this.network.genesis;
    const world = { networkId, clock: this.clock, primary: () => this.primary };
    const [, ...nodes] = this.network.nodes;
    this.storers = nodes.map((node, i) => new ScriptedStorer(node, world, scripts[i]));
  }

  get primary(): Primary {
    if (this.#primary === undefined) throw new Error('no primary is open');
    return this.#primary;
  }

  /** Opens the primary, and lets the storers see rounds and attempts. */
  async open(limits: Partial<PrimaryLimits> = {}, address = '127.0.0.1:7411'): Promise<Primary> {
    const { signer } = this.network.primary;
    this.#primary = await Primary.open({
      genesis: this.network.genesis,
      log: this.log,
      chain: this.log.chain,
      state: this.state,
      storers: {
        assign: (peer, message, { signal } = {}) => {
          const storer = this.storers.find(
            ({ node }) => Buffer.compare(node.storerKey, peer.storerKey) === 0,
          );
          if (storer === undefined || storer.does.isUnreachable === true)
            return Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'nobody there'));
          if (storer.does.isMute !== true) return Promise.resolve(storer.assign(message));
          storer.assigns.push(message);
          return new Promise((_, reject) => {
            const end = (): void => reject(new ProvenderError('PROVENDER_CANCELLED', 'the call has ended'));
            signal?.addEventListener('abort', end, { once: true });
          });
        },
      },
      vrf: ENGINE,
      signer,
      owner: bytesOf('owner').slice(0, 20),
      address,
      clock: this.clock,
      random: (length) => Uint8Array.from(bytesOf(`nonce ${this.#nonces++}`).subarray(0, length)),
      events: this.events,
      limits,
    });
    void this.#watch(this.#primary);
    this.#follow().catch(() => undefined); // the test has ended the log
    return this.#primary;
  }

  /** Places a file while time goes by. */
  place(content: StagedContent, options: Partial<PlaceOptions> = {}): Promise<Uint8Array> {
    const how = { profile: 1, replicas: 3, name: 'owner/collection/key', ...options };
    return this.clock.drive(this.primary.place(content, how));
  }

  /** Lets time go by until a placement is in a state. */
  async until(id: ObjectId, state: PlacementState): Promise<void> {
    for (let i = 0; this.primary.explain(id)?.state !== state; i++) {
      if (i > 1000) throw new Error(`never ${state}, but ${this.primary.explain(id)?.state ?? 'unknown'}`);
      await this.clock.advance(20);
    }
  }

  /** State and reason of each storer, in their order; 'silent' for those that the primary has not heard of. */
  explained(id: ObjectId): readonly string[] {
    const explanation = this.primary.explain(id);
    return this.storers.map(({ node }) => {
      const own = explanation?.storers.filter((one) => Buffer.compare(one.storerKey, node.storerKey) === 0);
      if (own === undefined || own.length === 0) return 'silent';
      return own
        .map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`))
        .join(', ');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.clock.drive(this.#primary?.close() ?? Promise.resolve());
  }

  async #follow(): Promise<void> {
    let before: SeenRound | undefined;
    for await (const logged of this.log.follow(0n, { signal: this.#abort.signal })) {
      const round = seenRound(logged);
      for (const storer of this.storers) if (before !== undefined) storer.see(round, before);
      before = round;
    }
  }

  async #watch(primary: Primary): Promise<void> {
    for await (const attempt of primary.watchAttempts({ signal: this.#abort.signal }))
      for (const storer of this.storers) storer.attempt(attempt);
  }
}
