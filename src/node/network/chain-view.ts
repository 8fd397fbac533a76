import { compareBytes } from '../../content/object-id.ts';
import type { Genesis } from '../../placement/registry/genesis.ts';
import type { RegisteredNode } from '../../placement/registry/registered-node.ts';
import type { Chain } from '../../placement/rounds/chain.ts';
import type { RoundLog } from '../../placement/rounds/round-log.ts';
import type {
  NetworkEpoch,
  NetworkFacts,
  NetworkNode,
  NetworkPage,
  NetworkView,
} from '../../rpc/network-view.ts';
import { formatAddress } from '../units.ts';

/** What is told of a network. */
export interface ChainViewParts {
  readonly genesis: Genesis;
  readonly chain: Chain;
  readonly log: Pick<RoundLog, 'fault'>;
  /** Node key of this node, 32 bytes. */
  readonly storerKey: Uint8Array;
  readonly isPrimary: boolean;
}

/** The network as the log of this node has it. */
export class ChainView implements NetworkView {
  readonly #parts: ChainViewParts;

  constructor(parts: ChainViewParts) {
    this.#parts = parts;
  }

  network(): NetworkFacts {
    const { genesis, chain, log, storerKey, isPrimary } = this.#parts;
    const { name, networkId, hash } = genesis;
    const { number, hash: headHash } = chain.head;
    const node = chain.registry.node(storerKey);
    const fault = log.fault();
    return {
      networkId,
      genesisHash: hash,
      name,
      head: { number, hash: headHash },
      epoch: this.epoch(),
      storerKey,
      isPrimary,
      isStorer: node !== undefined && !node.retired,
      ...(fault === undefined ? {} : { fault }),
    };
  }

  epoch(): NetworkEpoch {
    const snapshot = this.#snapshot();
    return { epoch: snapshot?.epoch ?? 0n, totalWeight: snapshot?.totalWeight ?? 0n };
  }

  node(storerKey: Uint8Array): NetworkNode | undefined {
    const node = this.#parts.chain.registry.node(storerKey);
    return node === undefined ? undefined : this.#shown(node);
  }

  nodes({ after, limit }: { readonly after?: Uint8Array; readonly limit: number }): NetworkPage {
    const behind = [...this.#parts.chain.registry.nodes()].filter(
      ({ storerKey }) => after === undefined || compareBytes(storerKey, after) > 0,
    );
    const page = behind.sort((a, b) => compareBytes(a.storerKey, b.storerKey)).slice(0, limit);
    const last = page.at(-1);
    const nodes = page.map((node) => this.#shown(node));
    return behind.length > page.length && last !== undefined ? { nodes, next: last.storerKey } : { nodes };
  }

  /** The snapshot that the next round uses. */
  #snapshot() {
    const { chain } = this.#parts;
    return chain.snapshotOf(chain.head.number + 1n) ?? chain.snapshotOf(chain.head.number);
  }

  #shown(node: RegisteredNode): NetworkNode {
    const { storerKey, vrfKey, capacityGiB, region, operatorId, retired, host, grpcPort } = node;
    const weight = this.#snapshot()?.find(storerKey)?.weight ?? 0n;
    const address = formatAddress({ host, port: grpcPort });
    return { storerKey, vrfKey, address, capacityGiB, weight, region, operatorId, retired };
  }
}
