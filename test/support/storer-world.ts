import { OBJECT_KIND, type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import type { NetworkParameters } from '../../src/placement/registry/genesis.ts';
import type { AssignmentOutcome, StorerEvents } from '../../src/placement/storer/storer-events.ts';
import { Storer, type StorerOptions } from '../../src/placement/storer/storer.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { proveVrf, verifyVrf } from '../../src/vrf/kernels.ts';
import type { VrfEngine } from '../../src/vrf/vrf-engine.ts';
import { ChainLog } from './chain-log.ts';
import { MemoryKeeper, rootOf } from './memory-keeper.ts';
import { MemoryState } from './memory-state.ts';
import { type ScriptedObject, ScriptedPrimary } from './scripted-primary.ts';
import {
  announceRecord,
  setKeyRecord,
  type TestNetwork,
  type TestNode,
  testNetwork,
} from './test-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Times after which a fact that has not come will not come, in steps of the world. */
const MOST_STEPS = 20_000;

/** Notes what a storer tells telemetry. */
export class NotedEvents implements StorerEvents {
  readonly ends: { readonly outcome: AssignmentOutcome; readonly reason?: string }[] = [];
  readonly verdicts: string[] = [];
  readonly troubles: { readonly what: string; readonly error: unknown }[] = [];
  lotteriesRun = 0;
  fetchedBytes = 0;

  lotteries({ run }: { readonly run: number }): void {
    this.lotteriesRun += run;
  }
  claim(verdict: string): void {
    this.verdicts.push(`claim ${verdict}`);
  }
  answered(verdict: string): void {
    this.verdicts.push(`answered ${verdict}`);
  }
  assign(verdict: string): void {
    this.verdicts.push(`assign ${verdict}`);
  }
  fetched(bytes: number): void {
    this.fetchedBytes += bytes;
  }
  ended(outcome: AssignmentOutcome, { reason }: { readonly reason?: string }): void {
    this.ends.push({ outcome, ...(reason !== undefined && { reason }) });
  }
  reserved(): void {
    // asked for by tests when they want to know
  }
  trouble(what: string, error: unknown): void {
    this.troubles.push({ what, error });
  }
}

/** Proofs in this thread. */
export function inlineVrf({ vrfSecret }: Pick<TestNode, 'vrfSecret'>): VrfEngine {
  return {
    prove: (inputs) => Promise.resolve(inputs.map((input) => proveVrf(vrfSecret, input))),
    verify: (questions) =>
      Promise.resolve(questions.map(({ publicKey, input, proof }) => verifyVrf(publicKey, input, proof))),
  };
}

/** Content that a seed stands for, and its facts. */
export function testObject(sizeBytes: number, seed = 1): ScriptedObject {
  const content = new Uint8Array(sizeBytes);
  let word = seed * 2_654_435_761;
  for (let i = 0; i < sizeBytes; i++) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
    content[i] = word >>> 24;
  }
  const layer0 = new Uint8Array(Math.max(1, Math.ceil(sizeBytes / 4096)) * 4096);
  layer0.set(content);
  return { content, facts: { kind: OBJECT_KIND.file, sizeBytes, count: 1, dataRoot: rootOf(layer0) } };
}

/** What a world may have otherwise. */
export interface WorldChoice {
  readonly parameters?: Partial<NetworkParameters>;
  readonly nodes?: number;
  readonly limitBytes?: number;
  readonly state?: StateStore;
  /** Of the network; the first is the scripted one. The storer is node 1. Default: node 0 alone. */
  readonly primaries?: readonly TestNode[];
}

/** A network with one real storer, and everything else at its ports: a log that moves when told, a scripted primary, a clock that stands still. */
export class StorerWorld {
  readonly network: TestNetwork;
  /** The node of the storer. */
  readonly node: TestNode;
  readonly clock = new VirtualClock();
  readonly log: ChainLog;
  readonly primary: ScriptedPrimary;
  readonly keeper: MemoryKeeper;
  readonly state: StateStore;
  readonly events = new NotedEvents();
  #nonce = 0n;

  constructor(choice: WorldChoice = {}) {
    const primaries = choice.primaries?.map(({ storerKey }, i) => ({
      storerKey,
      address: `127.0.0.1:${7411 + i}`,
    }));
    this.network = testNetwork(choice.nodes ?? 4, {
      ...(choice.parameters && { parameters: choice.parameters }),
      ...(primaries && { primaries }),
    });
    const node = this.network.nodes[1];
    if (node === undefined) throw new Error('a world has a storer');
    this.node = node;
    this.log = new ChainLog(this.network);
    this.primary = new ScriptedPrimary(this.log, this.network.primary);
    const { networkId } = this.network.genesis;
    this.keeper = new MemoryKeeper({ networkId, storerKey: node.storerKey }, choice.limitBytes);
    this.state = choice.state ?? new MemoryState();
  }

  options(change: Partial<StorerOptions> = {}): StorerOptions {
    const { log, primary: primaries, keeper, state, clock, events } = this;
    const { genesis } = this.network;
    const { signer, vrfKey } = this.node;
    const own = { genesis, log, registry: log.chain.registry, signer, vrfKey, vrf: inlineVrf(this.node) };
    return { ...own, primaries, keeper, state, clock, events, ...change };
  }

  open(change: Partial<StorerOptions> = {}): Promise<Storer> {
    return Storer.open(this.options(change));
  }

  /** Stages an object and puts its Announce, for `replicas` storers, into a round, and a round behind it. */
  announce(object: ScriptedObject, replicas = 1): ObjectId {
    const id = this.primary.stage(object);
    this.log.add(this.announcement(object, replicas));
    this.log.add();
    return id;
  }

  /** @param by - the primary that announces; the scripted one unless given */
  announcement({ facts }: ScriptedObject, replicas = 1, by = this.network.primary): Uint8Array {
    this.#nonce += 1n;
    return announceRecord(by, this.network.name, { facts, replicas, nonce: this.#nonce });
  }

  /** SetKey of an object that names another storer. */
  foreignSetKey({ facts }: ScriptedObject, announced: bigint): Uint8Array {
    const other = this.network.nodes[2];
    if (other === undefined) throw new Error('a world has another storer');
    return setKeyRecord(this.log.chain, this.network, { facts, announced, storers: [other] });
  }

  /** The claim that came as the n-th. */
  claim(n = 0): Uint8Array {
    const claim = [...this.primary.claims.values()][n];
    if (claim === undefined) throw new Error(`no claim ${n} has come`);
    return claim;
  }

  /** π of the storer. */
  proofOf(input: Uint8Array): Uint8Array {
    return proveVrf(this.node.vrfSecret, input);
  }

  async record(kind: 'pending' | 'placed', id: ObjectId): Promise<boolean> {
    return (await this.state.get(`storer/${kind}/${objectIdHex(id)}`)) !== undefined;
  }

  /** Lets time go by, a little at a time, until a fact holds. @param stepMs - time of a step; 0 lets the time stand still */
  async until(what: string, fact: () => boolean | Promise<boolean>, stepMs = 5): Promise<void> {
    for (let step = 0; step < MOST_STEPS; step++) {
      if (await fact()) return;
      await this.clock.advance(stepMs);
    }
    throw new Error(`it never came to pass: ${what}`);
  }

  /** Lets what is on its way run, for `ms` of the clock. */
  async pass(ms: number, stepMs = 5): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) await this.clock.advance(Math.min(stepMs, left));
  }
}
