import { ProvenderError } from '../../content/provender-error.ts';
import { MAX_PROOF_SIZE } from '../../proof/read-proof.ts';

/** What is left of one answer for proofs: 8 MiB in all, as long as the longest one. */
export class AnswerRoom {
  #leftBytes = MAX_PROOF_SIZE;

  /** Takes room for a proof before it is made. @throws ProvenderError `PROVENDER_INVALID` when it does not fit any more */
  take(bytes: number): void {
    const left = this.#leftBytes;
    if (bytes > left) {
      throw new ProvenderError(
        'PROVENDER_INVALID',
        `proof of ${bytes} bytes: the answer has room for ${left} of ${MAX_PROOF_SIZE}; ask for this one in another call`,
        { details: { found: bytes, left, limit: MAX_PROOF_SIZE } },
      );
    }
    this.#leftBytes = left - bytes;
  }
}
