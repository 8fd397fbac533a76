import { setTimeout as wait } from 'node:timers/promises';
import { compareBytes, type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { PrimaryCalls } from '../../src/placement/ports.ts';
import { Primary } from '../../src/placement/primary/primary.ts';
import type { Founding } from '../../src/placement/registry/genesis.ts';
import type { Chain } from '../../src/placement/rounds/chain.ts';
import type { RoundLog } from '../../src/placement/rounds/round-log.ts';
import { Storer } from '../../src/placement/storer/storer.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import { MemoryState } from './memory-state.ts';
import { Life, mortal } from './mortal-port.ts';
import { bytesOf } from './placement-fixtures.ts';
import { CountedEvents, everybodyWins } from './primary-world.ts';
import { SequencedLog } from './sequenced-log.ts';
import { inlineVrf, NotedEvents } from './storer-world.ts';
import { type TestNetwork, type TestNode, testNetwork } from './test-network.ts';
import { VirtualClock } from './virtual-clock.ts';

/** One storer of the network: what outlives it, and its present life. */
export class Member {
  readonly node: TestNode;
  readonly keeper: MemoryKeeper;
  readonly state = new MemoryState();
  readonly events = new NotedEvents();
  readonly #network: NetworkInMemory;
  #life = new Life();
  #storer: Storer | undefined;

  constructor(network: NetworkInMemory, node: TestNode) {
    this.node = node;
    this.#network = network;
    const { networkId } = network.network.genesis;
    this.keeper = new MemoryKeeper({ networkId, storerKey: node.storerKey });
  }

  /** The storer that lives. @throws ProvenderError `PROVENDER_UNAVAILABLE` when none does */
  get storer(): Storer {
    if (this.#storer === undefined)
      throw new ProvenderError('PROVENDER_UNAVAILABLE', `${this.node.name} is away`);
    return this.#storer;
  }

  /** Starts, or comes back with what was durable. */
  async start(): Promise<void> {
    const { rounds, clock, network } = this.#network;
    const life = new Life();
    this.#life = life;
    const { node } = this;
    this.#storer = await Storer.open({
      genesis: network.genesis,
      log: rounds.log,
      registry: rounds.chain.registry,
      signer: node.signer,
      vrfKey: node.vrfKey,
      vrf: inlineVrf(node),
      primaries: mortal(this.#network.callsOf(node), life, []),
      keeper: mortal(this.keeper, life, ['keep', 'drop']),
      state: mortal(this.state, life, ['txn']),
      clock,
      events: this.events,
    });
  }

  /** Ends without a word, in the middle of whatever it does. */
  kill(): void {
    this.#life.isOver = true;
    this.#storer = undefined;
  }

  async close(): Promise<void> {
    await this.#storer?.close();
  }

  has(kind: 'pending' | 'placed', id: ObjectId): boolean {
    return this.state.records.has(`storer/${kind}/${objectIdHex(id)}`);
  }
}

/** Real storers and a real primary over a real chain, wired through their ports, on a clock that tests move. */
export class NetworkInMemory {
  readonly network: TestNetwork;
  readonly clock = new VirtualClock();
  /** Takes records in memory; what the network follows unless it is opened over another log. */
  readonly log: SequencedLog;
  rounds: { readonly log: RoundLog; readonly chain: Chain };
  readonly members: readonly Member[];
  readonly events = new CountedEvents();
  /** Time of one way between two nodes, and between two pieces of content. */
  delayMs: () => number = () => 1;
  #primary: Primary | undefined;
  #nonces = 0;

  /** @param storers - how many; the primary is none of them */
  constructor(storers: number, change: Partial<Founding> = everybodyWins(storers)) {
    this.network = testNetwork(storers + 1, change);
    this.log = new SequencedLog(this.network, this.clock);
    this.rounds = { log: this.log, chain: this.log.chain };
    const [, ...nodes] = this.network.nodes;
    this.members = nodes.map((node) => new Member(this, node));
  }

  get primary(): Primary {
    if (this.#primary === undefined) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'the primary is away');
    return this.#primary;
  }

  /** Opens the primary, then all storers. @param rounds - another log of the same genesis */
  async open(rounds = this.rounds): Promise<void> {
    this.rounds = rounds;
    const { signer, vrfSecret } = this.network.primary;
    this.#primary = await Primary.open({
      genesis: this.network.genesis,
      log: rounds.log,
      chain: rounds.chain,
      state: new MemoryState(),
      storers: {
        assign: ({ storerKey }, message) =>
          this.#travel(async () => this.member(storerKey).storer.assign(message)),
      },
      vrf: inlineVrf({ vrfSecret }),
      signer,
      owner: bytesOf('owner').slice(0, 20),
      address: '127.0.0.1:7411',
      clock: this.clock,
      random: (length) => bytesOf(`nonce ${this.#nonces++}`).slice(0, length),
      events: this.events,
    });
    for (const member of this.members) await member.start();
  }

  member(storerKey: Uint8Array): Member {
    const found = this.members.find(({ node }) => compareBytes(node.storerKey, storerKey) === 0);
    if (found === undefined) throw new ProvenderError('PROVENDER_UNAVAILABLE', 'nobody there');
    return found;
  }

  /** The primary as a storer calls it. */
  callsOf({ name }: TestNode): PrimaryCalls {
    return {
      claim: (_primary, message) => this.#travel(() => this.primary.claim(message, name)),
      fetchContent: (_address, request, options) =>
        this.#trickle(() => this.primary.fetchContent(request, options)),
      commit: (_primary, message) => this.#travel(() => this.primary.commit(message)),
      prove: (_primary, answer) => this.#travel(() => this.primary.prove(answer)),
      watchAttempts: (_primary, options) => this.primary.watchAttempts(options),
    };
  }

  /** A message and its answer take their time. */
  async #travel<T>(call: () => Promise<T>): Promise<T> {
    await this.clock.sleep(this.delayMs());
    const answer = await call();
    await this.clock.sleep(this.delayMs());
    return answer;
  }

  async *#trickle(stream: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    await this.clock.sleep(this.delayMs());
    for await (const piece of stream()) {
      yield piece;
      await this.clock.sleep(this.delayMs());
    }
  }

  /** Lets time go by no faster than disks work, until `work` has settled: 5 ms of the clock for each of the machine. */
  async pace<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const end = work.finally(() => {
      isSettled = true;
    });
    end.catch(() => undefined); // whoever awaits `end` gets it
    while (!isSettled) {
      await wait(1);
      await this.clock.advance(5);
    }
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) await this.clock.drive(member.close());
    await this.clock.drive(this.#primary?.close() ?? Promise.resolve());
  }
}
