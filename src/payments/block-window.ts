import { ProvenderError } from '../content/provender-error.ts';

/** Blocks that a signed one may differ from the latest. */
const WINDOW = 5n;

/**
 * Refuses a request whose signed block is not about now: it may be an old one that somebody kept.
 * @throws ProvenderError `PROVENDER_UNPAID`
 * @see payment-channels.md, section 8
 */
export function checkBlockWindow(signed: bigint, latest: bigint): void {
  const distance = signed > latest ? signed - latest : latest - signed;
  if (distance <= WINDOW) return;
  const message = 'authentication failed as the signature passed has expired';
  throw new ProvenderError('PROVENDER_UNPAID', message, { details: { signed, latest } });
}
