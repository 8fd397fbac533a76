import { open } from 'node:fs/promises';
import { ProvenderError } from '../content/provender-error.ts';
import { MAX_PROOF_SIZE } from '../proof/read-proof.ts';
import { localError } from './local-error.ts';

/**
 * Reads a file that holds one message: a commitment, a proof, a registration or a receipt. No more than the longest proof is ever read.
 * @throws ProvenderError `PROVENDER_INVALID` when it cannot be read or is longer
 */
export async function readMessageFile(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const bytes = new Uint8Array(Math.min((await file.stat()).size, MAX_PROOF_SIZE) + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length);
      if (bytesRead === 0) return bytes.slice(0, length);
      length += bytesRead;
    }
  } catch (error) {
    throw localError(path, error);
  }
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `${path}: longer than ${MAX_PROOF_SIZE} bytes, the longest message; name a commitment, a proof, a registration or a receipt`,
    { details: { path, limit: MAX_PROOF_SIZE } },
  );
}
