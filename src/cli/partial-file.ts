import { rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../node/durable-file.ts';
import { localError } from './local-error.ts';

/**
 * A file under a temporary name beside its target. It gets the target's name when it is whole and durable, and is gone in every other
 * case, a process that exits in between included.
 */
export class PartialFile implements AsyncDisposable {
  readonly #target: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #onExit: () => void;
  #isOpen = true;

  private constructor(target: string, temporary: string, file: FileHandle) {
    this.#target = target;
    this.#temporary = temporary;
    this.#file = file;
    this.#onExit = () => rmSync(temporary, { force: true });
    process.once('exit', this.#onExit);
  }

  /** Starts a file for `target`. @throws ProvenderError `PROVENDER_INVALID` when its folder cannot be written */
  static async open(target: string): Promise<PartialFile> {
    const temporary = `${target}.${process.pid}.partial`;
    try {
      return new PartialFile(target, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw localError(target, error);
    }
  }

  /** Appends bytes. @throws ProvenderError `PROVENDER_OVER_QUOTA` when the disk is full */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.writeFile(bytes);
    } catch (error) {
      throw localError(this.#target, error);
    }
  }

  /** Makes the bytes durable and gives them the target's name, replacing what had it. */
  async publish(): Promise<void> {
    try {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.#target);
      await syncDirectory(dirname(this.#target));
    } catch (error) {
      throw localError(this.#target, error);
    }
    this.#isOpen = false;
    process.off('exit', this.#onExit);
  }

  /** Drops what was not published. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
    await rm(this.#temporary, { force: true });
    process.off('exit', this.#onExit);
  }
}
