import { type FileHandle, open } from 'node:fs/promises';
import { hexToBytes } from '@noble/hashes/utils.js';
import { ProvenderError } from '../../../content/provender-error.ts';
import type { Address } from '../../../payments/address.ts';
import { addressOfKey, PRIVATE_KEY_SIZE } from '../../../payments/signatures.ts';
import { openKeystore } from './keystore.ts';

/** A key that signs payments, or claims of the provider. Never logged. */
export interface SigningKey {
  readonly address: Address;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
}

const MAX_BYTES = 64 * 1024;
/** Rights of group and others. */
const OTHERS = 0o077;

/**
 * Reads a private key: 64 hex digits, with or without `0x`, or a Web3 keystore of version 3.
 *
 * @param passphrase - asked for only where the file is a keystore
 * @throws ProvenderError `PROVENDER_CONFIG` for a file that is missing, that others may read, or that holds no key; none of it is shown
 */
export async function readKeyFile(
  path: string,
  passphrase: () => Promise<string | undefined>,
): Promise<SigningKey> {
  const text = await readPrivate(path);
  const privateKey = text.startsWith('{') ? await decrypted(path, text, passphrase) : fromHex(path, text);
  try {
    return { address: addressOfKey(privateKey), privateKey };
  } catch {
    throw keyError(path, 'holds no private key: 64 hex digits, or a Web3 keystore of version 3');
  }
}

/** Reads a passphrase from a file of its own; a line end at its end does not belong to it. @throws ProvenderError `PROVENDER_CONFIG` */
export async function readPassphraseFile(path: string): Promise<string> {
  return (await readWhole(path)).replace(/\r?\n$/, '');
}

async function readPrivate(path: string): Promise<string> {
  return (await readWhole(path)).trim();
}

/** Mode and bytes are those of one open file: nothing can be put in its place between. */
async function readWhole(path: string): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw keyError(path, reasonOf(error), error);
  }
  await using opened = file;
  const stat = await opened.stat();
  if (!stat.isFile()) throw keyError(path, 'is no plain file: name the file that holds the key');
  const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
  if ((stat.mode & OTHERS) !== 0) throw keyError(path, `mode ${mode} lets others read it: chmod 600 ${path}`);
  if (stat.size > MAX_BYTES) throw keyError(path, `${stat.size} bytes, limit ${MAX_BYTES}: this is no key`);
  return await opened.readFile('utf8');
}

function fromHex(path: string, text: string): Uint8Array {
  const digits = text.replace(/^0x/, '');
  if (/^[0-9a-fA-F]+$/.test(digits) && digits.length === 2 * PRIVATE_KEY_SIZE)
    return hexToBytes(digits.toLowerCase());
  throw keyError(path, 'holds no private key: 64 hex digits, or a Web3 keystore of version 3');
}

async function decrypted(
  path: string,
  text: string,
  passphrase: () => Promise<string | undefined>,
): Promise<Uint8Array> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw keyError(path, 'is no JSON: copy the keystore again');
  }
  const words = await passphrase();
  if (words === undefined)
    throw keyError(
      path,
      'is a keystore and needs its passphrase: set PROVENDER_KEY_PASSPHRASE, or name a file with --key-passphrase-file',
    );
  try {
    return await openKeystore(value, words);
  } catch (error) {
    throw keyError(path, error instanceof ProvenderError ? error.message : 'is no keystore', error);
  }
}

function keyError(path: string, reason: string, cause?: unknown): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', `key file ${path}: ${reason}`, { details: { path }, cause });
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file: check the path';
  if (code === 'EACCES') return 'no right to read it: give it to the user of this process';
  return error instanceof Error ? error.message : String(error);
}
