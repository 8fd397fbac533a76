import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ProvenderError } from '../content/provender-error.ts';
import { DirectoryLock } from './directory-lock.ts';
import { makePrivateDirectory } from './durable-file.ts';
import { loadNodeKey, makeNodeKey } from './node-key.ts';

/** The key that signs commitments and names the storer, below a data directory. */
export const NODE_KEY = join('keys', 'node.key');
/** The key that draws in the storer lottery, below a data directory. */
export const VRF_KEY = join('keys', 'vrf.key');
/** Ed25519 in a SubjectPublicKeyInfo, up to the key. @see RFC 8410, section 4 */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** What may be told of a key. */
export interface KeyFacts {
  /** Absolute path. */
  readonly path: string;
  /** Ed25519 public key, 64 hex digits. */
  readonly publicKey: string;
  /** SHA-256 of the public key in DER, 64 hex digits: `openssl pkey -in FILE -pubout -outform DER | sha256sum`. */
  readonly fingerprint: string;
}

/** The public sides of the keys of a data directory. */
export interface NodeKeys {
  readonly node: KeyFacts;
  /** Absent until a start has made it, or somebody has mounted it. */
  readonly vrf?: KeyFacts;
}

/**
 * Reads the public sides of the keys of a data directory.
 * @throws ProvenderError `PROVENDER_CONFIG` when there is no node key, and for files that are no keys or that everybody may read
 */
export async function readNodeKeys(directory: string): Promise<NodeKeys> {
  const path = resolve(directory);
  const node = await factsOf(join(path, NODE_KEY));
  if (node === undefined)
    throw refused(
      path,
      `${NODE_KEY} is not there; the first start makes it, or: provender keys new --data-dir ${path}`,
    );
  const vrf = await factsOf(join(path, VRF_KEY));
  return vrf === undefined ? { node } : { node, vrf };
}

/**
 * Makes the keys that a data directory lacks, and the directory where there is none. A key that is there stays as it is.
 *
 * @throws ProvenderError `PROVENDER_CONFIG` when both are there, when the node key is missing beside data, which a new one could not
 *   serve, or when a node runs on the directory
 */
export async function makeNodeKeys(directory: string): Promise<NodeKeys> {
  const path = resolve(directory);
  await makePrivateDirectory(path);
  await using _lock = await DirectoryLock.open(path);
  const hasNode = (await factsOf(join(path, NODE_KEY))) !== undefined;
  const hasVrf = (await factsOf(join(path, VRF_KEY))) !== undefined;
  if (hasNode && hasVrf)
    throw refused(
      path,
      `${NODE_KEY} and ${VRF_KEY} are there, and keys are never replaced; choose another with --data-dir`,
    );
  if (!hasNode) await refuseBesideData(path);
  await makePrivateDirectory(join(path, 'keys'));
  await makeNodeKey(join(path, NODE_KEY));
  await makeNodeKey(join(path, VRF_KEY));
  return await readNodeKeys(path);
}

/**
 * Makes the VRF key of a data directory that lacks it, where it may.
 *
 * @param mayMake - false where the node key came from elsewhere and others may use it too: keys made by each of them would differ
 * @returns what an operator should mend, one sentence each
 * @throws ProvenderError `PROVENDER_CONFIG` when the file is no key, or everybody may read it
 */
export async function ensureVrfKey(directory: string, mayMake: boolean): Promise<string[]> {
  const path = join(directory, VRF_KEY);
  if ((await loadNodeKey(path)) === undefined && !(mayMake && (await isMade(path))))
    return [
      `${VRF_KEY} is missing: make it once with provender keys new, and mount it with ${NODE_KEY} in all pods`,
    ];
  const warning = (await loadNodeKey(path))?.warning;
  return warning === undefined ? [] : [warning];
}

/** Makes a key. @returns false where the folder is not for writing, as a mounted one */
async function isMade(path: string): Promise<boolean> {
  try {
    await makeNodeKey(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EROFS' || error.code === 'EACCES'))
      return false;
    throw error;
  }
}

async function factsOf(path: string): Promise<KeyFacts | undefined> {
  const key = await loadNodeKey(path);
  if (key === undefined) return undefined;
  const { publicKey } = key.signer;
  const fingerprint = createHash('sha256').update(SPKI_PREFIX).update(publicKey).digest('hex');
  return { path, publicKey: bytesToHex(publicKey), fingerprint };
}

async function refuseBesideData(path: string): Promise<void> {
  const entries = await readdir(path);
  if (entries.includes('format.json') || entries.includes('objects'))
    throw refused(
      path,
      `${NODE_KEY} is missing beside existing data, which a new key could not serve; restore it from your backup`,
    );
}

function refused(path: string, reason: string): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', `data directory ${path}: ${reason}`, { details: { path } });
}
