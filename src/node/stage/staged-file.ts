import { type FileHandle, rm } from 'node:fs/promises';
import { type ObjectFacts, type ObjectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { NodeCallOptions, StagedContent } from '../../placement/ports.ts';
import { throwIfAborted } from '../../shares/abort.ts';
import { onDisk } from './on-disk.ts';

const PIECE_SIZE = 256 * 1024;

/** What a staged file is made of. */
export interface StagedFileParts {
  readonly id: ObjectId;
  readonly facts: ObjectFacts;
  readonly file: FileHandle;
  readonly path: string;
  /** Gives its room back. */
  readonly onRelease: () => void;
}

/** A whole upload on disk. States: staged, released. Owns its file. */
export class StagedFile implements StagedContent, AsyncDisposable {
  readonly id: ObjectId;
  readonly facts: ObjectFacts;
  readonly #parts: StagedFileParts;
  #releasing: Promise<void> | undefined;

  constructor(parts: StagedFileParts) {
    this.id = parts.id;
    this.facts = parts.facts;
    this.#parts = parts;
  }

  /**
   * Bytes from `offset` to the end, in pieces of at most 256 KiB; a piece is good until the next one is asked for. Many readers at once, with 256 KiB
   * of memory each.
   *
   * @throws ProvenderError `PROVENDER_RANGE` for an offset behind the end, `PROVENDER_CLOSED` once it is released, `PROVENDER_CORRUPT` when bytes are
   *   missing
   */
  async *read(offset: number, { signal }: NodeCallOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { sizeBytes } = this.facts;
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > sizeBytes) {
      throw new ProvenderError('PROVENDER_RANGE', `byte ${offset} of ${sizeBytes} staged bytes`, {
        details: { offset, size: sizeBytes },
      });
    }
    const buffer = new Uint8Array(Math.min(PIECE_SIZE, sizeBytes - offset));
    for (let at = offset; at < sizeBytes; ) {
      throwIfAborted(signal);
      if (this.#releasing !== undefined) throw released(this.id);
      const length = Math.min(buffer.length, sizeBytes - at);
      const { bytesRead } = await onDisk(this.#parts.file.read(buffer, 0, length, at), `byte ${at}`);
      if (bytesRead === 0) throw cut(this.id, at);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /** Removes the file; readers that are not done end with an error. Idempotent. */
  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #release(): Promise<void> {
    const { file, path, onRelease } = this.#parts;
    try {
      await rm(path, { force: true });
      await file.close(); // waits for reads that run
    } finally {
      onRelease();
    }
  }
}

function released(id: ObjectId): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CLOSED',
    `${objectIdHex(id)}: its placement has ended and what was staged is gone; read it from its holders`,
  );
}

function cut(id: ObjectId, at: number): ProvenderError {
  const hex = objectIdHex(id);
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `${hex}: what was staged ends at byte ${at}; look at the disk`,
    {
      details: { id: hex, at },
    },
  );
}
