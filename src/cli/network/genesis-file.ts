import { readFile } from 'node:fs/promises';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { type Genesis, parseGenesis } from '../../placement/registry/genesis.ts';
import { localError } from '../local-error.ts';

/** Reads a genesis file and checks all of it. @throws ProvenderError `PROVENDER_INVALID` or another code of `parseGenesis`, naming the file */
export async function readGenesis(path: string): Promise<Genesis> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw localError(path, error);
  });
  try {
    return parseGenesis(text);
  } catch (cause) {
    if (!isProvenderError(cause)) throw cause;
    throw new ProvenderError(cause.code, `${path}: ${cause.message}`, { cause });
  }
}
