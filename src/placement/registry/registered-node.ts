/** What a node says of itself and may change, all but its keys. */
export interface NodeFacts {
  /** Account of the owner, 20 bytes. */
  readonly owner: Uint8Array;
  /** u16; places of one object are spread over regions. */
  readonly region: number;
  /** u32. */
  readonly capacityGiB: number;
  /** u64; information for the market. */
  readonly selfValue: bigint;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Name or address, 1 to 255 printable ASCII characters. */
  readonly host: string;
}

/** A node as the registry has it now. */
export interface RegisteredNode extends NodeFacts {
  /** Ed25519 node key, 32 bytes; its name for ever. */
  readonly storerKey: Uint8Array;
  /** 32 bytes. */
  readonly vrfKey: Uint8Array;
  /** Hash of the operator's account, 32 bytes. */
  readonly operatorId: Uint8Array;
  /** Of its last registration or update. */
  readonly nonce: bigint;
  /** Retired for good: claims stop at once, snapshots made from now on leave it out. */
  readonly retired: boolean;
}

/** Bytes of an account. */
export const OWNER_SIZE = 20;
/** Bytes of an operator's name. */
export const OPERATOR_SIZE = 32;
