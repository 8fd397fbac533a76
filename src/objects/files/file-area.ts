import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, readError } from '../embedded/disk-error.ts';
import type { DiskGuard } from '../embedded/disk-guard.ts';
import type { StepHook } from '../step-hook.ts';

/** Where temporary files live; emptied at each open. */
const TEMPORARY = 'tmp';

/**
 * Files below one folder, written so that a name never stands for half a file: temporary file, fsync, rename. Paths are relative, with `/`.
 * A failed write is told to the guard, and is never tried again.
 */
export class FileArea {
  readonly #directory: string;
  readonly #guard: DiskGuard;
  readonly #step: StepHook;
  /** Folders known to be there, durably; a promise while one is being made. */
  readonly #folders = new Map<string, Promise<void>>();
  #temporaries = 0;

  constructor(options: { directory: string; guard: DiskGuard; step: StepHook }) {
    this.#directory = options.directory;
    this.#guard = options.guard;
    this.#step = options.step;
  }

  /** Empties the folder of temporary files, which nothing names. */
  async clearTemporaries(): Promise<void> {
    await this.#writing(async () => {
      await rm(this.#absolute(TEMPORARY), { recursive: true, force: true });
    });
    await this.folder(TEMPORARY);
  }

  /** Makes a folder and those above it; durable when it resolves. */
  folder(path: string): Promise<void> {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const made = this.#makeFolder(path);
    this.#folders.set(path, made);
    made.catch(() => this.#folders.delete(path)); // its callers have the error
    return made;
  }

  /** Forgets that a folder is there: nothing more will be written into it. */
  forgetFolder(path: string): void {
    this.#folders.delete(path);
  }

  /**
   * Writes a file whose folder is there. Bytes are durable when it resolves, the name once `syncFolder` was called.
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` or `PROVENDER_UNAVAILABLE`; no temporary file is left
   */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#temporaries++;
    const temporary = this.#absolute(`${TEMPORARY}/${this.#temporaries}`);
    await this.#writing(async () => {
      try {
        await writeSynced(temporary, bytes);
        await this.#step('file: synced');
        await rename(temporary, this.#absolute(path));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
    await this.#step('file: renamed');
  }

  /** Makes the names in a folder durable. A failure makes the store read-only, whatever its cause: nobody knows which names will be there. */
  async syncFolder(path: string): Promise<void> {
    this.#guard.assertUsable();
    try {
      await syncPath(this.#absolute(path));
    } catch (error) {
      throw this.#guard.diskFailed(error);
    }
    await this.#step('folder: synced');
  }

  /** Deletes a file; durable when it resolves. */
  async remove(path: string): Promise<void> {
    await this.#writing(() => unlink(this.#absolute(path)));
    await this.#step('file: removed');
    await this.syncFolder(dirname(path));
  }

  /** Deletes a folder of files, and nothing when there is none; durable when it resolves. */
  async removeFolder(path: string): Promise<void> {
    this.forgetFolder(path);
    const names = await this.names(path);
    if (names === undefined) return;
    await this.#writing(async () => {
      for (const name of names) {
        await unlink(this.#absolute(`${path}/${name}`));
        await this.#step('folder: file removed');
      }
      await rmdir(this.#absolute(path));
    });
    await this.syncFolder(dirname(path));
  }

  /** Names in a folder in ascending order; `undefined` when there is none. */
  async names(path: string): Promise<readonly string[] | undefined> {
    return this.#reading(path, async () => (await readdir(this.#absolute(path))).toSorted());
  }

  /** Reads from an open file; `undefined` when there is none. */
  async read<T>(path: string, task: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    return this.#reading(path, async () => {
      const file = await open(this.#absolute(path), 'r');
      try {
        return await task(file);
      } finally {
        await file.close();
      }
    });
  }

  #absolute(path: string): string {
    return join(this.#directory, path);
  }

  async #makeFolder(path: string): Promise<void> {
    const above = dirname(path);
    if (above !== '.') await this.folder(above);
    await this.#writing(() => mkdir(this.#absolute(path), { recursive: true }));
    await this.syncFolder(above);
  }

  async #reading<T>(path: string, task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw readError(error, path);
    }
  }

  async #writing<T>(task: () => Promise<T>): Promise<T> {
    this.#guard.assertUsable();
    try {
      return await task();
    } catch (error) {
      throw this.#guard.fileWriteFailed(error);
    }
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await file.write(bytes, written);
      written += bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function syncPath(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
