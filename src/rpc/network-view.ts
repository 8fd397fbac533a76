/** A registered node, as users see it. */
export interface NetworkNode {
  /** Ed25519 node key, 32 bytes. */
  readonly storerKey: Uint8Array;
  /** Key of the lottery, 32 bytes. */
  readonly vrfKey: Uint8Array;
  /** `host:port` of gRPC. */
  readonly address: string;
  readonly capacityGiB: number;
  /** In the snapshot of the current epoch; 0 for a node that is not in it. */
  readonly weight: bigint;
  readonly region: number;
  /** Hash of the operator's account, 32 bytes. */
  readonly operatorId: Uint8Array;
  /** Claims nothing any more. */
  readonly retired: boolean;
}

/** The epoch that the next round belongs to, or that of the head where nothing is known beyond it. */
export interface NetworkEpoch {
  readonly epoch: bigint;
  /** W of its snapshot. */
  readonly totalWeight: bigint;
}

/** A page of nodes, in ascending order of their keys. */
export interface NetworkPage {
  readonly nodes: readonly NetworkNode[];
  /** Key of the last one, when there are more. */
  readonly next?: Uint8Array;
}

/** Which network it is, and what this node does in it. */
export interface NetworkFacts {
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** Hash of the genesis file, 32 bytes. */
  readonly genesisHash: Uint8Array;
  readonly name: string;
  /** Where its log ends; hash of 32 bytes. */
  readonly head: { readonly number: bigint; readonly hash: Uint8Array };
  readonly epoch: NetworkEpoch;
  /** Node key of this node, 32 bytes. */
  readonly storerKey: Uint8Array;
  readonly isPrimary: boolean;
  readonly isStorer: boolean;
  /** Why nothing may be built on its log any more; absent while all is well. */
  readonly fault?: string;
}

/** The network as one node has it. Answers at once, from memory. */
export interface NetworkView {
  network(): NetworkFacts;
  epoch(): NetworkEpoch;
  /** @param storerKey - 32 bytes */
  node(storerKey: Uint8Array): NetworkNode | undefined;
  /** Nodes behind a key, retired ones too. @param query.limit - entries of the page, at least 1 */
  nodes(query: { readonly after?: Uint8Array; readonly limit: number }): NetworkPage;
}
