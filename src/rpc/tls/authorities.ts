import { createSecureContext } from 'node:tls';
import { certificatesIn, expiryOf, refusedByOpenssl } from './key-pair.ts';
import { pemError } from './pem-file.ts';

/** The CAs that one end trusts. */
export interface Authorities {
  /** PEM. */
  readonly ca: Buffer;
  /** When the last of them ends and nobody can be verified any more, milliseconds of Unix time. */
  readonly expiresAt: number;
}

/**
 * Checks a bundle of CA certificates.
 *
 * @param path - for the messages
 * @param now - milliseconds of Unix time
 * @throws ProvenderError `PROVENDER_CONFIG` for bytes that are no PEM, and when all of them are expired
 */
export function checkAuthorities(path: string, ca: Buffer, now: number): Authorities {
  const expiresAt = Math.max(...certificatesIn(path, ca).map(expiryOf));
  if (expiresAt <= now)
    throw pemError(path, `all its CAs expired, the last on ${new Date(expiresAt).toISOString()}: renew them`);
  try {
    createSecureContext({ ca });
  } catch (error) {
    throw refusedByOpenssl(path, error);
  }
  return { ca, expiresAt };
}
