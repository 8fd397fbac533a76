import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_OBJECT_SIZE } from '../content/geometry.ts';
import { OBJECT_KIND, type ObjectId, objectId } from '../content/object-id.ts';
import { ProvenderError } from '../content/provender-error.ts';
import { formatSize } from '../node/units.ts';
import { TreeBuilder } from '../proof/tree-builder.ts';
import { localError } from './local-error.ts';

/** Bytes of one read: large enough that reading costs next to nothing beside hashing. */
const PIECE_SIZE = 2 ** 20;

/** What reading may be given: a way to stop it and somebody who counts. */
export interface ReadingOptions {
  readonly signal: AbortSignal;
  /** Called after each piece. */
  readonly onBytes?: (bytes: number) => void;
}

/** A file that is about to be put: its bytes, their number and, once hashed, its id. */
export class Upload implements AsyncDisposable {
  /** What the user called it; `-` for standard input. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly #file: FileHandle;

  private constructor(name: string, file: FileHandle, sizeBytes: number) {
    this.name = name;
    this.#file = file;
    this.sizeBytes = sizeBytes;
  }

  /** Opens a file. @throws ProvenderError `PROVENDER_INVALID` when it cannot be read, is no plain file or is above 64 GiB */
  static async open(path: string): Promise<Upload> {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw localError(path, error);
    });
    try {
      const stat = await file.stat();
      if (!stat.isFile())
        throw new ProvenderError(
          'PROVENDER_INVALID',
          `${path}: is no plain file; use - to put what a pipe gives`,
        );
      checkSize(path, stat.size);
      return new Upload(path, file, stat.size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Takes all bytes of a stream whose size nobody knows into a temporary file, since a put declares its size first. The file has
   * no name from its first byte on: it is gone with the process, however that ends.
   *
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` when the temporary folder (TMPDIR) is full, `PROVENDER_INVALID` above 64 GiB
   */
  static async spool(
    name: string,
    source: AsyncIterable<Uint8Array>,
    options: ReadingOptions,
  ): Promise<Upload> {
    const path = join(tmpdir(), `provender-${process.pid}-${Date.now()}.spool`);
    const file = await open(path, 'wx+', 0o600).catch((error: unknown) => {
      throw localError(path, error);
    });
    try {
      await rm(path);
      let sizeBytes = 0;
      for await (const piece of source) {
        options.signal.throwIfAborted();
        sizeBytes += piece.length;
        checkSize(name, sizeBytes);
        await file.writeFile(piece);
        options.onBytes?.(piece.length);
      }
      return new Upload(name, file, sizeBytes);
    } catch (error) {
      await file.close();
      throw localError(`${tmpdir()} (set TMPDIR to a larger folder)`, error);
    }
  }

  /** Hashes the bytes: the id under which a node holds them. */
  async id(options: ReadingOptions): Promise<ObjectId> {
    const tree = new TreeBuilder();
    for await (const piece of this.pieces(options)) tree.update(piece);
    const { dataRoot } = tree.finish();
    return objectId({ kind: OBJECT_KIND.file, sizeBytes: this.sizeBytes, count: 1, dataRoot });
  }

  /**
   * Gives exactly `sizeBytes` bytes in pieces of up to 1 MiB, each in its own buffer.
   * @throws ProvenderError `PROVENDER_INVALID` when the file has become shorter meanwhile
   */
  async *pieces({ signal, onBytes }: ReadingOptions): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < this.sizeBytes; ) {
      signal.throwIfAborted();
      const buffer = new Uint8Array(Math.min(PIECE_SIZE, this.sizeBytes - offset));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) {
        throw new ProvenderError(
          'PROVENDER_INVALID',
          `${this.name}: has ${formatSize(offset)} now, had ${formatSize(this.sizeBytes)}; do not change a file while it is put`,
        );
      }
      offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
      onBytes?.(bytesRead);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

function checkSize(name: string, sizeBytes: number): void {
  if (sizeBytes <= MAX_OBJECT_SIZE) return;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `${name}: ${formatSize(sizeBytes)}, limit ${formatSize(MAX_OBJECT_SIZE)}; split it`,
    { details: { found: sizeBytes, limit: MAX_OBJECT_SIZE } },
  );
}
