import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { ProvenderError } from '../../content/provender-error.ts';
import { pemError, readPem } from './pem-file.ts';

/** A certificate with its key, checked: they fit, and it is valid now. */
export interface KeyPair {
  /** PEM: the own certificate first, then intermediates. */
  readonly cert: Buffer;
  /** PEM, without passphrase. */
  readonly key: Buffer;
  /** Since when it is valid, and when the first certificate of its chain ends; milliseconds of Unix time. */
  readonly validFrom: number;
  readonly expiresAt: number;
}

/** Where a key pair lies. */
export interface KeyPairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Which end of a connection the certificate is shown by. */
export type KeyPairRole = 'server' | 'client';

const DAY_MS = 24 * 3_600_000;

/** Tells whether it is time to renew: 30 days before the end, or a quarter of its life when that is less. */
export function endsSoon({ validFrom, expiresAt }: KeyPair, now: number): boolean {
  return expiresAt - now <= Math.min(30 * DAY_MS, (expiresAt - validFrom) / 4);
}

/** Object ids of extended key usage. @see RFC 5280, section 4.2.1.12 */
const USAGE_OF_ROLE: Record<KeyPairRole, { readonly oid: string; readonly name: string }> = {
  server: { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' },
  client: { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' },
};
const OTHERS = 0o007;
const MIN_RSA_BITS = 2048;
const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Takes all certificates out of a PEM file. @throws ProvenderError `PROVENDER_CONFIG` when there is none, or one is damaged */
export function certificatesIn(path: string, pem: Buffer): [X509Certificate, ...X509Certificate[]] {
  const [first, ...others] = pem.toString('latin1').match(BLOCK) ?? [];
  if (first === undefined)
    throw pemError(path, 'holds no certificate in PEM ("-----BEGIN CERTIFICATE-----"): give one that does');
  try {
    return [new X509Certificate(first), ...others.map((block) => new X509Certificate(block))];
  } catch (error) {
    throw pemError(path, 'holds a damaged certificate: copy it again', error);
  }
}

/** The end of a certificate, milliseconds of Unix time. */
export function expiryOf(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}

/** The bytes of a certificate and its key as they lie there, unchecked. */
export interface KeyPairBytes {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Permission bits of the key file. */
  readonly keyMode: number;
}

/** Reads a certificate and its key. @throws ProvenderError `PROVENDER_CONFIG` for a file that is missing or unreadable */
export async function readKeyPair({ certFile, keyFile }: KeyPairFiles): Promise<KeyPairBytes> {
  const { bytes: cert } = await readPem(certFile);
  const { bytes: key, mode: keyMode } = await readPem(keyFile);
  return { cert, key, keyMode };
}

/**
 * Checks a certificate and its key.
 *
 * @param files - for the messages
 * @param now - milliseconds of Unix time
 * @throws ProvenderError `PROVENDER_CONFIG` for a file that is no PEM; a key that everybody may read, has a passphrase or belongs to another
 *   certificate; a certificate that is expired, not valid yet or for the other end
 */
export function checkKeyPair(
  files: KeyPairFiles,
  bytes: KeyPairBytes,
  { role, now }: { readonly role: KeyPairRole; readonly now: number },
): KeyPair {
  const { certFile, keyFile } = files;
  const { cert, key, keyMode } = bytes;
  if ((keyMode & OTHERS) !== 0) {
    const octal = keyMode.toString(8).padStart(4, '0');
    throw pemError(keyFile, `mode ${octal} lets everybody read the key; run: chmod 600 ${keyFile}`);
  }
  const chain = certificatesIn(certFile, cert);
  const own = privateKey(keyFile, key);
  checkStrength(keyFile, own);
  checkFit(files, chain, own);
  checkTimes(certFile, chain, now);
  checkUsage(certFile, chain[0], role);
  checkAccepted(certFile, cert, key);
  return {
    cert,
    key,
    validFrom: Date.parse(chain[0].validFrom),
    expiresAt: Math.min(...chain.map(expiryOf)),
  };
}

function privateKey(path: string, pem: Buffer): KeyObject {
  if (pem.includes('ENCRYPTED'))
    throw pemError(path, 'has a passphrase, which nobody could type: write it without (openssl pkey -in)');
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw pemError(path, 'is no private key in PEM: give the key of the certificate', error);
  }
}

function checkStrength(path: string, { asymmetricKeyDetails }: KeyObject): void {
  const bits = asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS;
  if (bits < MIN_RSA_BITS)
    throw pemError(path, `an RSA key of ${bits} bits, at least ${MIN_RSA_BITS} are needed: make another one`);
}

function checkFit(
  { certFile, keyFile }: KeyPairFiles,
  chain: readonly X509Certificate[],
  key: KeyObject,
): void {
  const at = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (at === 0) return;
  if (at > 0) throw pemError(certFile, `the certificate of the key is number ${at + 1}: write it first`);
  throw pemError(keyFile, `does not fit the certificate in ${certFile}: give the key it was made with`);
}

function checkTimes(path: string, chain: readonly X509Certificate[], now: number): void {
  for (const certificate of chain) {
    const { subject, validFrom, validTo } = certificate;
    const name = oneLine(subject);
    if (expiryOf(certificate) <= now) throw pemError(path, `${name} expired on ${validTo}: renew it`);
    if (Date.parse(validFrom) > now)
      throw pemError(path, `${name} is valid from ${validFrom}: wait, or set this machine's clock`);
  }
}

function checkUsage(path: string, { keyUsage }: X509Certificate, role: KeyPairRole): void {
  const { oid, name } = USAGE_OF_ROLE[role];
  // Node calls the extended key usage so; a certificate without it is for everything
  const usages: readonly string[] | undefined = keyUsage;
  if (usages === undefined || usages.includes(oid)) return;
  throw pemError(path, `is not for a ${role} (extended key usage without ${name}): issue another one`);
}

/** OpenSSL has rules of its own, such as the least length of a key. */
function checkAccepted(path: string, cert: Buffer, key: Buffer): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw refusedByOpenssl(path, error);
  }
}

/** What OpenSSL does not take, in its own words. */
export function refusedByOpenssl(path: string, error: unknown): ProvenderError {
  const words = error instanceof Error ? error.message.split(':').at(-1) : String(error);
  return pemError(path, `OpenSSL refuses it (${words ?? ''}): issue another one`, error);
}

function oneLine(subject: string): string {
  return subject.replaceAll('\n', ', ');
}
