import { once } from 'node:events';
import { compareBytes, type ObjectId, objectIdHex } from '../../src/content/object-id.ts';
import { ProvenderError } from '../../src/content/provender-error.ts';
import type { CommitReply, NodeCallOptions, OpenAttempt, PlacementReply } from '../../src/placement/ports.ts';
import type { Explanation } from '../../src/placement/primary/explanation.ts';
import type { PrimaryHandlers } from '../../src/placement/primary/handlers.ts';
import type { Snapshot } from '../../src/placement/registry/snapshot.ts';
import type { LoggedRound, LogHead, RoundLog } from '../../src/placement/rounds/round-log.ts';
import type { StorerExplanation } from '../../src/placement/storer/explanation.ts';
import type { StorerHandlers } from '../../src/placement/storer/handlers.ts';
import type { NetworkFacts, NetworkNode, NetworkPage, NetworkView } from '../../src/rpc/network-view.ts';

const OK: PlacementReply = { ok: true };

/** A value that streams wait for to change; `become` wakes them. */
class Waiting {
  readonly #target = new EventTarget();

  wake(): void {
    this.#target.dispatchEvent(new Event('change'));
  }

  async changed(signal: AbortSignal | undefined): Promise<void> {
    await once(this.#target, 'change', signal === undefined ? {} : { signal });
  }
}

/** A log of rounds that are any bytes; it checks nothing. */
class ScriptedLog implements RoundLog {
  readonly rounds: Uint8Array[] = [];
  readonly submitted: Uint8Array[] = [];
  refusal: ProvenderError | undefined;
  /** Streams that run. */
  followers = 0;
  readonly #waiting = new Waiting();

  push(round: Uint8Array): void {
    this.rounds.push(round);
    this.#waiting.wake();
  }

  head(): LogHead {
    return { number: BigInt(this.rounds.length - 1), hash: new Uint8Array(32).fill(this.rounds.length) };
  }

  async get(round: bigint): Promise<LoggedRound> {
    const bytes = this.rounds[Number(round)];
    if (bytes === undefined) throw new ProvenderError('PROVENDER_NOT_FOUND', `round ${round}`);
    return { number: round, hash: new Uint8Array(32), bytes };
  }

  append(): Promise<LoggedRound> {
    throw new Error('nobody appends here');
  }

  async *follow(
    from: bigint,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<LoggedRound> {
    this.followers++;
    try {
      for (let number = from; ; number++) {
        while (this.rounds.length <= number) await this.#waiting.changed(signal);
        yield await this.get(number);
      }
    } finally {
      this.followers--;
    }
  }

  registryAt(): Promise<Snapshot> {
    throw new Error('nobody asks for snapshots here');
  }

  async submit(record: Uint8Array): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    this.submitted.push(record.slice());
  }

  fault(): string | undefined {
    return undefined;
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A network of made-up nodes. */
export class ScriptedView implements NetworkView {
  readonly facts: NetworkFacts;
  readonly members: readonly NetworkNode[];

  constructor(facts: NetworkFacts, members: readonly NetworkNode[]) {
    this.facts = facts;
    this.members = members.toSorted((a, b) => compareBytes(a.storerKey, b.storerKey));
  }

  network(): NetworkFacts {
    return this.facts;
  }

  epoch(): NetworkFacts['epoch'] {
    return this.facts.epoch;
  }

  node(storerKey: Uint8Array): NetworkNode | undefined {
    return this.members.find((node) => compareBytes(node.storerKey, storerKey) === 0);
  }

  nodes({ after, limit }: { readonly after?: Uint8Array; readonly limit: number }): NetworkPage {
    const behind = this.members.filter(
      ({ storerKey }) => after === undefined || compareBytes(storerKey, after) > 0,
    );
    const nodes = behind.slice(0, limit);
    const last = nodes.at(-1);
    return behind.length > limit && last !== undefined ? { nodes, next: last.storerKey } : { nodes };
  }
}

/** A primary that answers what the test says and notes what it was asked. */
class ScriptedHandlers implements PrimaryHandlers {
  reply: PlacementReply = OK;
  commitReply: CommitReply = { ok: true, challenge: Uint8Array.of(1) };
  content: (request: Uint8Array, signal: AbortSignal | undefined) => AsyncIterable<Uint8Array> = none;
  readonly running: OpenAttempt[] = [];
  readonly explained = new Map<string, Explanation>();
  readonly receipts = new Map<string, Uint8Array>();
  readonly asked: (readonly [string, Uint8Array, (Uint8Array | string)?])[] = [];
  watchers = 0;
  readonly #waiting = new Waiting();

  begin(attempt: OpenAttempt): void {
    this.running.push(attempt);
    this.#waiting.wake();
  }

  async claim(message: Uint8Array, peer: string): Promise<PlacementReply> {
    this.asked.push(['claim', message.slice(), peer]);
    return this.reply;
  }

  async commit(message: Uint8Array): Promise<CommitReply> {
    this.asked.push(['commit', message.slice()]);
    return this.commitReply;
  }

  async prove(answer: {
    readonly claimHash: Uint8Array;
    readonly proof: Uint8Array;
  }): Promise<PlacementReply> {
    this.asked.push(['prove', answer.claimHash.slice(), answer.proof.slice()]);
    return this.reply;
  }

  fetchContent(request: Uint8Array, { signal }: NodeCallOptions = {}): AsyncIterable<Uint8Array> {
    return this.content(request, signal);
  }

  async *watchAttempts({ signal }: NodeCallOptions = {}): AsyncGenerator<OpenAttempt> {
    this.watchers++;
    try {
      for (let next = 0; ; next++) {
        let attempt = this.running[next];
        for (; attempt === undefined; attempt = this.running[next]) await this.#waiting.changed(signal);
        yield attempt;
      }
    } finally {
      this.watchers--;
    }
  }

  explain(id: ObjectId): Explanation | undefined {
    return this.explained.get(objectIdHex(id));
  }

  async receipt(id: ObjectId): Promise<Uint8Array | undefined> {
    return this.receipts.get(objectIdHex(id));
  }
}

/** A storer that answers what the test says. */
class ScriptedStorer implements StorerHandlers {
  reply: PlacementReply = OK;
  readonly assigned: Uint8Array[] = [];
  readonly explained = new Map<string, StorerExplanation>();

  async assign(message: Uint8Array): Promise<PlacementReply> {
    this.assigned.push(message.slice());
    return this.reply;
  }

  explain(id: ObjectId): StorerExplanation | undefined {
    return this.explained.get(objectIdHex(id));
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

/** All that a stream gives. */
export async function allOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

/** Node number `n`: its keys are that byte, 32 times. */
export function memberNode(n: number): NetworkNode {
  return {
    storerKey: new Uint8Array(32).fill(n),
    vrfKey: new Uint8Array(32).fill(n + 1),
    address: `10.0.0.${n}:7411`,
    capacityGiB: 64 * n,
    weight: BigInt(32 * n),
    region: n % 3,
    operatorId: new Uint8Array(32).fill(n + 2),
    retired: n === 2,
  };
}

/** What a node of a made-up network says of it. */
export const SOME_FACTS: NetworkFacts = {
  networkId: new Uint8Array(32).fill(0x11),
  genesisHash: new Uint8Array(32).fill(0x22),
  name: 'testnet',
  head: { number: 7n, hash: new Uint8Array(32).fill(0x33) },
  epoch: { epoch: 3n, totalWeight: 2n ** 63n + 1n },
  storerKey: new Uint8Array(32).fill(1),
  isPrimary: true,
  isStorer: false,
};

/** A node's services of a network, all of them scripted. */
export interface ScriptedServices {
  readonly log: ScriptedLog;
  readonly view: ScriptedView;
  readonly primary: ScriptedHandlers;
  readonly storer: ScriptedStorer;
}

/** Makes services of a network of `members` nodes. */
export function scriptedServices(members = 3): ScriptedServices {
  const nodes = Array.from({ length: members }, (_, i) => memberNode(i + 1));
  return {
    log: new ScriptedLog(),
    view: new ScriptedView(SOME_FACTS, nodes),
    primary: new ScriptedHandlers(),
    storer: new ScriptedStorer(),
  };
}
