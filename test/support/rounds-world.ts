import { ProvenderError } from '../../src/content/provender-error.ts';
import { encodeRound, type UnsignedRound } from '../../src/placement/rounds/round.ts';
import { Chain } from '../../src/placement/rounds/chain.ts';
import { Proposer } from '../../src/placement/rounds/proposer.ts';
import type { RoundEvents } from '../../src/placement/rounds/round-events.ts';
import type { RoundSource } from '../../src/placement/rounds/round-source.ts';
import type { StateRoundLog } from '../../src/placement/rounds/state-round-log.ts';
import { proveVrf, verifyVrf } from '../../src/vrf/kernels.ts';
import { roundFor, type TestNetwork, type TestNode, unsignedRound } from './test-network.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Starts a proposer with the keys of a node. */
export function startProposer(
  log: StateRoundLog,
  { node, clock, events = {} }: { node: TestNode; clock: VirtualClock; events?: RoundEvents },
): Proposer {
  return Proposer.start({
    log,
    clock,
    events,
    signer: node.signer,
    vrfKey: node.vrfKey,
    vrf: {
      prove: async (inputs) => inputs.map((input) => proveVrf(node.vrfSecret, input)),
      verify: async (asked) => asked.map(({ publicKey, input, proof }) => verifyVrf(publicKey, input, proof)),
    },
  });
}

/** A primary in memory: rounds that a test makes, given to whoever follows, and a letter box. */
export class MemoryRoundSource implements RoundSource {
  readonly address: string;
  readonly rounds: Uint8Array[];
  readonly submitted: Uint8Array[] = [];
  /** Calls of `follow`: the number that each asked for. */
  readonly asked: bigint[] = [];
  isAway = false;
  readonly #watchers = new Set<() => void>();

  constructor(address: string, rounds: readonly Uint8Array[]) {
    this.address = address;
    this.rounds = [...rounds];
  }

  add(round: Uint8Array): void {
    this.rounds.push(round);
    this.#wake();
  }

  /** Ends its streams, and refuses until `isAway` is false again. */
  leave(): void {
    this.isAway = true;
    this.#wake();
  }

  async *follow(
    from: bigint,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Uint8Array, void> {
    this.asked.push(from);
    for (let next = Number(from); signal?.aborted !== true; ) {
      if (this.isAway) throw new ProvenderError('PROVENDER_UNAVAILABLE', `${this.address} is away`);
      const round = this.rounds[next];
      if (round === undefined) await this.#news(signal);
      else {
        next++;
        yield round;
      }
    }
  }

  submit(record: Uint8Array): Promise<void> {
    if (this.isAway) return Promise.reject(new ProvenderError('PROVENDER_UNAVAILABLE', 'away'));
    this.submitted.push(record);
    return Promise.resolve();
  }

  #wake(): void {
    for (const wake of this.#watchers) wake();
  }

  #news(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
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

/** Makes rounds as a primary does, with a chain of its own. */
export class RoundMaker {
  readonly chain: Chain;
  readonly rounds: Uint8Array[];
  readonly #node: TestNode;

  constructor({ genesis, primary }: TestNetwork, node: TestNode = primary) {
    this.chain = Chain.from(genesis);
    this.rounds = [genesis.round];
    this.#node = node;
  }

  /** A round that follows. */
  add(...records: Uint8Array[]): Uint8Array {
    const round = roundFor(this.chain, this.#node, records);
    this.take(round);
    return round;
  }

  /** A round that was made elsewhere. */
  take(round: Uint8Array): void {
    this.chain.next(round);
    this.rounds.push(round);
  }

  /** A signed round with something changed; the chain does not take it. */
  lie(change: Partial<UnsignedRound>): Uint8Array {
    return encodeRound(unsignedRound(this.chain, this.#node, change), this.#node.signer);
  }
}
