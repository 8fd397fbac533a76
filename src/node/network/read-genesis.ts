import { readFile } from 'node:fs/promises';
import { bytesToHex } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { type Genesis, parseGenesis } from '../../placement/registry/genesis.ts';

/** Reads the genesis file that the setting `network` names. @throws ProvenderError `PROVENDER_CONFIG` when it cannot be read, or does not hold */
export async function readGenesis(path: string): Promise<Genesis> {
  try {
    return parseGenesis(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProvenderError('PROVENDER_CONFIG', `network ${path}: ${reason}`, { details: { path }, cause });
  }
}

/** Tells whether the genesis names a node as a primary. @param storerKey - node key, 32 bytes */
function isNamedPrimary({ primaries }: Genesis, storerKey: Uint8Array): boolean {
  return primaries.some((primary) => compareBytes(primary.storerKey, storerKey) === 0);
}

/** @throws ProvenderError `PROVENDER_CONFIG` when a node is to be a primary and the genesis does not name it */
export function checkPrimary(genesis: Genesis, storerKey: Uint8Array): void {
  if (isNamedPrimary(genesis, storerKey)) return;
  throw new ProvenderError(
    'PROVENDER_CONFIG',
    `primary: node ${bytesToHex(storerKey)} is none of network ${genesis.name}; start without --primary, or with the keys of one`,
  );
}
