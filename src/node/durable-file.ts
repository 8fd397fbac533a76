import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that it is whole or absent after any crash: temporary file, fsync, new name, fsync of the folder.
 *
 * @param options.mode - rights of the file, from the first byte on
 * @param options.exclusive - fail with EEXIST where the name is taken, instead of replacing it
 */
export async function writeDurably(
  path: string,
  content: string,
  options: { mode: number; exclusive: boolean },
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w', options.mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await (options.exclusive ? link(temporary, path) : rename(temporary, path));
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
}

/** Makes a directory that only its owner may enter, parents included; one that is there stays as it is. */
export async function makePrivateDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncDirectory(dirname(first));
}

/** Makes names of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
