import { BLOCK_SIZE } from '../../content/geometry.ts';
import { WHOLE_BLOCKS } from '../../proof/challenge.ts';
import type { NetworkParameters } from '../registry/network-parameters.ts';

/** Δ2 for each of up to three assignments of an attempt. */
const SPANS = 3;

/** Δ1 + 3 · Δ2: how long a claim holds its bytes back, milliseconds. @see storer-selection.md, section 5 */
export function reservationMs(
  sizeBytes: number,
  { claimMs, commitMs, bytesPerSecond }: Pick<NetworkParameters, 'claimMs' | 'commitMs' | 'bytesPerSecond'>,
): number {
  const movingMs =
    sizeBytes <= WHOLE_BLOCKS * BLOCK_SIZE ? 0 : Math.ceil((1000 * sizeBytes) / bytesPerSecond);
  return claimMs + SPANS * (commitMs + movingMs);
}
