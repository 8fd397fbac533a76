import { ProvenderError } from '../content/provender-error.ts';
import { decodeClaim } from './messages/claim.ts';
import { decodeSetKey } from './messages/set-key.ts';
import { encodeReceipt } from './receipt-codec.ts';
import type { Snapshot } from './registry/snapshot.ts';
import type { SelectionRules } from './verify-set-key.ts';

/** What a receipt is made of. */
export interface ReceiptParts {
  /** SetKey message. */
  readonly setKey: Uint8Array;
  /** Round r. */
  readonly round: Uint8Array;
  /** The round that holds the SetKey. */
  readonly setKeyRound: Uint8Array;
  /** The snapshot that round r uses. */
  readonly snapshot: Snapshot;
  /** Of the network: its hash and parameters. */
  readonly genesis: { readonly hash: Uint8Array; readonly parameters: SelectionRules };
}

/**
 * Makes the receipt of a SetKey that a round holds. It is not checked here: the log of rounds did.
 * @throws ProvenderError `PROVENDER_INVALID` when the SetKey is none or the network has no lottery for its replicas, `PROVENDER_NOT_FOUND` when a
 * storer is not in the snapshot
 */
export function buildReceipt({ setKey, round, setKeyRound, snapshot, genesis }: ReceiptParts): Uint8Array {
  const { commitments, replicas } = decodeSetKey(setKey);
  const tauNumerator = genesis.parameters.tauNumerators[replicas];
  if (tauNumerator === undefined) {
    throw new ProvenderError('PROVENDER_INVALID', `the network has no lottery for ${replicas} replicas`);
  }
  const { regionCap } = genesis.parameters;
  const { totalWeight, leafCount } = snapshot;
  const entries = commitments.map(({ claim }) => snapshot.path(decodeClaim(claim).storerKey));
  const rounds = { setKey, round, setKeyRound };
  const rules = { genesisHash: genesis.hash, tauNumerator, regionCap };
  return encodeReceipt({ ...rounds, ...rules, totalWeight, entries, leafCount });
}
