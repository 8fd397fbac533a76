import { readFile, stat } from 'node:fs/promises';
import { ProvenderError } from '../../content/provender-error.ts';

/** More than any chain or bundle of CAs has. */
const MAX_BYTES = 8 * 2 ** 20;

/** An error about a file of certificates or keys. */
export function pemError(path: string, reason: string, cause?: unknown): ProvenderError {
  return new ProvenderError('PROVENDER_CONFIG', `${path}: ${reason}`, { details: { path }, cause });
}

/**
 * Reads a PEM file whole.
 * @returns its bytes and permission bits; a symbolic link counts as what it leads to
 * @throws ProvenderError `PROVENDER_CONFIG` when it is missing, unreadable or far too large
 */
export async function readPem(path: string): Promise<{ readonly bytes: Buffer; readonly mode: number }> {
  try {
    const { mode, size } = await stat(path);
    if (size > MAX_BYTES) throw pemError(path, `${size} bytes, limit ${MAX_BYTES}: this is no PEM file`);
    return { bytes: await readFile(path), mode: mode & 0o777 };
  } catch (error) {
    if (error instanceof ProvenderError) throw error;
    throw pemError(path, reasonOf(error), error);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file: check the path';
  if (code === 'EACCES') return 'no right to read it: give it to the user of this process';
  if (code === 'EISDIR') return 'is a directory: name the file in it';
  return error instanceof Error ? error.message : String(error);
}
