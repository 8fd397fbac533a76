import { ProvenderError } from '../../content/provender-error.ts';

/** The error for a stream without end that ended: its node shuts down, or is about to. */
export function lostStream(address: string, what: string): ProvenderError {
  return new ProvenderError(
    'PROVENDER_UNAVAILABLE',
    `the node at ${address} ended its ${what}: it shuts down; begin again in a while, or with another node`,
    { details: { address } },
  );
}
