import type { ObjectId } from '../../content/object-id.ts';
import type { CommitReply, NodeCallOptions, OpenAttempt, PlacementReply } from '../ports.ts';
import type { Explanation } from './explanation.ts';

/**
 * What a primary answers to storers and users; the gRPC layer hands messages over as they came. Every message gets an answer, wrong and late ones a
 * reason; a message that comes again gets the answer that it got before.
 *
 * Errors: `PROVENDER_CLOSED` while the primary shuts down; hostile bytes lead to the reason `form`, never to an exception.
 */
export interface PrimaryHandlers {
  /**
   * Takes a Claim.
   * @param peer - who sent it, one name for each address; too many bad proofs of one peer block it for a while
   * @throws ProvenderError `PROVENDER_BUSY` when too many claims wait, for their round or from this peer
   */
  claim(message: Uint8Array, peer: string): Promise<PlacementReply>;
  /** Takes a Commit. @returns the Challenge, the same one for the same Commit */
  commit(message: Uint8Array): Promise<CommitReply>;
  /**
   * Takes the ReplicaProof that answers a Challenge.
   * @returns when it is checked
   * @throws ProvenderError `PROVENDER_BUSY` while another proof for the claim is checked
   */
  prove(answer: { readonly claimHash: Uint8Array; readonly proof: Uint8Array }): Promise<PlacementReply>;
  /**
   * Content for the storer that signed the FetchRequest, from its offset to the end.
   * @throws ProvenderError `PROVENDER_INVALID` or `PROVENDER_UNSUPPORTED` for bytes that are no FetchRequest, `PROVENDER_DENIED` with
   *   `details.reason` when there is no assignment for it, `PROVENDER_CANCELLED` when the placement ends or a newer stream for the claim begins
   */
  fetchContent(request: Uint8Array, options?: NodeCallOptions): AsyncIterable<Uint8Array>;
  /** Attempts that run, then new ones as they begin, until the signal aborts or the primary closes. */
  watchAttempts(options?: NodeCallOptions): AsyncIterable<OpenAttempt>;
  /** What became of an object here; the last 1,000 objects are remembered. */
  explain(id: ObjectId): Explanation | undefined;
  /**
   * Receipt of a placed object, made from the log: of this primary or any other.
   * @throws ProvenderError as the round log does
   */
  receipt(id: ObjectId, options?: NodeCallOptions): Promise<Uint8Array | undefined>;
}
