import type { FileHandle } from 'node:fs/promises';
import { OBJECT_KIND, type ObjectFacts } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import { copyShared } from '../../shares/memory/shared-copy.ts';
import { onDisk } from './on-disk.ts';
import { StagedTree, TREE_RUN_SIZE } from './staged-tree.ts';

/** What an upload is received with. */
export interface UploadParts {
  readonly file: FileHandle;
  readonly hasher: TreeHasher;
  /** As declared. */
  readonly sizeBytes: number;
}

/**
 * Writes the bytes of an upload to a file while their tree is built: two buffers of 1 MiB, of which one is filled while the other is hashed and
 * written. After a failure `settled` waits until nobody uses the file any more.
 */
export class StagedUpload {
  readonly #parts: UploadParts;
  readonly #tree: StagedTree;
  readonly #buffers = [newBuffer(), newBuffer()];
  #fill = 0;
  #received = 0;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: UploadParts) {
    this.#parts = parts;
    this.#tree = new StagedTree(parts.hasher);
  }

  /**
   * Takes all bytes of the source.
   * @returns the facts of the file that they make
   * @throws ProvenderError `PROVENDER_INVALID` for another size than declared; errors of the source, the disk and the hasher as they are
   */
  async receive(source: AsyncIterable<Uint8Array>): Promise<ObjectFacts> {
    const { sizeBytes } = this.#parts;
    for await (const piece of source) {
      if (this.#received + piece.length > sizeBytes)
        throw wrongSize(sizeBytes, this.#received + piece.length);
      await this.#append(piece);
    }
    if (this.#received < sizeBytes) throw wrongSize(sizeBytes, this.#received);
    if (this.#fill > 0) await this.#hand();
    await this.#working;
    return { kind: OBJECT_KIND.file, sizeBytes, count: 1, dataRoot: await this.#tree.finish() };
  }

  /** Waits until no write runs, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#working]);
  }

  async #append(piece: Uint8Array): Promise<void> {
    for (let rest = piece; rest.length > 0; ) {
      const part = rest.subarray(0, TREE_RUN_SIZE - this.#fill);
      copyShared(this.#buffer, this.#fill, part);
      this.#fill += part.length;
      this.#received += part.length;
      rest = rest.subarray(part.length);
      if (this.#fill === TREE_RUN_SIZE) await this.#hand();
    }
  }

  get #buffer(): Uint8Array {
    return this.#buffers[0] ?? newBuffer();
  }

  /** Has the full buffer hashed and written once the one before is, and goes on with the other. */
  async #hand(): Promise<void> {
    await this.#working;
    const run = this.#buffer.subarray(0, this.#fill);
    this.#working = this.#work(run, this.#received - this.#fill);
    this.#working.catch(() => undefined); // seen at the next wait
    this.#buffers.reverse();
    this.#fill = 0;
  }

  async #work(run: Uint8Array, at: number): Promise<void> {
    const ended = await Promise.allSettled([this.#write(run, at), this.#tree.add(run)]);
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  }

  async #write(run: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < run.length; ) {
      const writing = this.#parts.file.write(run, done, run.length - done, at + done);
      const { bytesWritten } = await onDisk(writing, `byte ${at + done}`);
      done += bytesWritten;
    }
  }
}

function newBuffer(): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(TREE_RUN_SIZE));
}

function wrongSize(declared: number, found: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_INVALID',
    `file declared with ${declared} bytes, ${found > declared ? `${found} or more` : found} came; declare its exact size`,
    { details: { declared, found } },
  );
}
