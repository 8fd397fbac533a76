import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProvenderError } from '../../content/provender-error.ts';
import { loadNodeKey } from '../node-key.ts';
import { VRF_KEY } from '../node-keys.ts';

/** The key that draws in the storer lottery. */
export interface VrfSecret {
  /** 32 bytes. Whoever takes it over overwrites it when it is done. */
  readonly secretKey: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/**
 * Reads the VRF key of a data directory.
 * @throws ProvenderError `PROVENDER_CONFIG` when there is none, it is no key, or everybody may read it
 */
export async function loadVrfSecret(directory: string): Promise<VrfSecret> {
  const path = join(directory, VRF_KEY);
  const key = await loadNodeKey(path);
  if (key === undefined) {
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      `${path} is not there; mount the one that the node registered with, or: provender keys new --data-dir ${directory}`,
      { details: { path } },
    );
  }
  const { d } = createPrivateKey(await readFile(path)).export({ format: 'jwk' });
  return { secretKey: new Uint8Array(Buffer.from(d ?? '', 'base64url')), publicKey: key.signer.publicKey };
}
