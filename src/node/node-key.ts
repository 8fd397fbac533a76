import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { ProvenderError } from '../content/provender-error.ts';
import type { Signer } from '../proof/commitment.ts';
import { writeDurably } from './durable-file.ts';

/** Others than owner and group. */
const OTHERS = 0o007;
const GROUP = 0o070;

/** Node's own Ed25519 behind the port that commitments are signed through. The private key stays inside. */
class NodeKeySigner implements Signer {
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor(privateKey: KeyObject) {
    this.#privateKey = privateKey;
    const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
    this.publicKey = new Uint8Array(Buffer.from(x ?? '', 'base64url'));
  }

  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, message, this.#privateKey));
  }
}

/**
 * Makes a key of a node (Ed25519, PKCS#8 PEM, mode 0600) and has it durable before it returns: what is signed with it cannot be made again.
 * @returns false when a key was there
 */
export async function makeNodeKey(path: string): Promise<boolean> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  try {
    await writeDurably(path, pem, { mode: 0o600, exclusive: true });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** A key that was read, and what is odd about its file. */
export interface LoadedKey {
  readonly signer: Signer;
  readonly warning?: string;
}

/**
 * Reads a key of a node. A group may read it (that is how Kubernetes mounts secrets), which is a warning; others may not.
 *
 * @returns undefined when there is none
 * @throws ProvenderError `PROVENDER_CONFIG` when others may read it or it is no Ed25519 key in PKCS#8 PEM
 */
export async function loadNodeKey(path: string): Promise<LoadedKey | undefined> {
  const wrong = (reason: string, cause?: unknown): ProvenderError =>
    new ProvenderError('PROVENDER_CONFIG', `key ${path}: ${reason}`, { details: { path }, cause });
  const mode = await modeOf(path);
  if (mode === undefined) return undefined;
  const octal = mode.toString(8).padStart(4, '0');
  if ((mode & OTHERS) !== 0) throw wrong(`mode ${octal} lets everybody read it; run: chmod 600 ${path}`);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(await readFile(path));
  } catch (error) {
    throw wrong('is no private key in PKCS#8 PEM; restore it from your backup', error);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw wrong(`is of type ${privateKey.asymmetricKeyType}, keys of a node are ed25519`);
  const signer = new NodeKeySigner(privateKey);
  if ((mode & GROUP) === 0) return { signer };
  return { signer, warning: `key ${path}: mode ${octal} lets its group read it; 0600 is enough` };
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
