import { type Authorities, checkAuthorities } from './authorities.ts';
import { checkKeyPair, type KeyPair, type KeyPairBytes, type KeyPairFiles, readKeyPair } from './key-pair.ts';
import { readPem } from './pem-file.ts';

/** The files that a server shows and trusts. */
export interface IdentityFiles extends KeyPairFiles {
  /** CAs of clients; clients are not asked for certificates when absent. */
  readonly clientCaFile?: string;
}

/** What lies in them, unchecked. */
export interface IdentityBytes extends KeyPairBytes {
  readonly ca: Buffer | undefined;
}

/** The same, checked. */
export interface Identity extends KeyPair {
  readonly authorities: Authorities | undefined;
}

/** Reads the files. @throws ProvenderError `PROVENDER_CONFIG` for one that is missing or unreadable */
export async function readIdentity(files: IdentityFiles): Promise<IdentityBytes> {
  const { clientCaFile } = files;
  const pair = await readKeyPair(files);
  return { ...pair, ca: clientCaFile === undefined ? undefined : (await readPem(clientCaFile)).bytes };
}

/**
 * Checks what was read.
 * @param now - milliseconds of Unix time
 * @throws ProvenderError `PROVENDER_CONFIG` naming the file, what is wrong and what to do
 */
export function checkIdentity(files: IdentityFiles, bytes: IdentityBytes, now: number): Identity {
  const { clientCaFile } = files;
  const pair = checkKeyPair(files, bytes, { role: 'server', now });
  const hasAuthorities = clientCaFile !== undefined && bytes.ca !== undefined;
  return { ...pair, authorities: hasAuthorities ? checkAuthorities(clientCaFile, bytes.ca, now) : undefined };
}

/** Tells whether the files hold what is in use. */
export function isSameIdentity(bytes: IdentityBytes, used: Identity): boolean {
  const isSameCa = used.authorities?.ca.equals(bytes.ca ?? Buffer.alloc(0)) ?? bytes.ca === undefined;
  return isSameCa && used.cert.equals(bytes.cert) && used.key.equals(bytes.key);
}
