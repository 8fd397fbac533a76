import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkObjectFacts, OBJECT_KIND, type ObjectId, objectId } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { TreeHasher } from '../../proof/tree-hasher.ts';
import { throwIfAborted } from '../../shares/abort.ts';
import { HashQueue } from '../../shares/memory/hash-queue.ts';
import { sourcePieces } from '../../shares/setting/source-pieces.ts';
import { checkDeclaredId } from '../../shares/setting/striped-set.ts';
import { makePrivateDirectory } from '../durable-file.ts';
import { onDisk } from './on-disk.ts';
import { StagedFile } from './staged-file.ts';
import { StagedUpload } from './staged-upload.ts';

/** What a stage is opened with. */
export interface StageOptions {
  /** `<dataDir>/stage`; made when it is not there. */
  readonly directory: string;
  /** The most bytes that all staged files may take. */
  readonly limitBytes: number;
  /** Hashes what comes; stays the owner's. */
  readonly hasher: TreeHasher;
}

/** What is known of an upload before its first byte. */
export interface StageDeclaration {
  readonly sizeBytes: number;
  /** Where known: another content fails. */
  readonly id?: ObjectId;
}

const NEVER = new AbortController().signal;

/**
 * Plain files of users on the primary's disk while their placements run. Nothing of it is durable or meant to be: an upload is acknowledged when its
 * storers have it. Each running upload takes 2 MiB of memory, each reader 256 KiB.
 */
export class Stage implements AsyncDisposable {
  readonly #options: StageOptions;
  readonly #hasher: TreeHasher;
  readonly #staged = new Set<StagedFile>();
  readonly #uploads = new Set<Promise<StagedFile>>();
  #usedBytes = 0;
  #next = 0;
  #isClosed = false;

  private constructor(options: StageOptions) {
    this.#options = options;
    this.#hasher = new HashQueue(options.hasher);
  }

  /** Opens the stage and removes what an earlier process left there. */
  static async open(options: StageOptions): Promise<Stage> {
    await makePrivateDirectory(options.directory);
    for (const name of await readdir(options.directory))
      await rm(join(options.directory, name), { recursive: true, force: true });
    return new Stage(options);
  }

  /** Bytes that are staged, or promised to uploads that run. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  get limitBytes(): number {
    return this.#options.limitBytes;
  }

  /**
   * Takes an upload to its last byte. The caller releases what it gets.
   * @throws ProvenderError `PROVENDER_OVER_QUOTA` before the first byte when there is no room, later when the disk is full; `PROVENDER_INVALID` for
   *   another size or id than declared; `PROVENDER_CLOSED`; `PROVENDER_UNAVAILABLE` when the disk fails; the signal's reason; errors of the source as they are
   */
  async take(
    declared: StageDeclaration,
    source: AsyncIterable<Uint8Array>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<StagedFile> {
    const { sizeBytes } = declared;
    if (this.#isClosed) throw new ProvenderError('PROVENDER_CLOSED', 'the stage is closed; ask another node');
    throwIfAborted(signal);
    checkObjectFacts({ kind: OBJECT_KIND.file, sizeBytes, count: 1 });
    const giveBack = this.#reserve(sizeBytes);
    const upload = this.#take(declared, sourcePieces(source, signal ?? NEVER), giveBack);
    this.#uploads.add(upload);
    try {
      return await upload;
    } finally {
      this.#uploads.delete(upload);
    }
  }

  /** Refuses new uploads, waits for running ones, whose signals are their callers', and removes all that is staged. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#uploads);
    await Promise.all([...this.#staged].map((file) => file.release()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #take(
    declared: StageDeclaration,
    source: AsyncIterable<Uint8Array>,
    giveBack: () => void,
  ): Promise<StagedFile> {
    const path = join(this.#options.directory, `${process.pid}-${this.#next++}.upload`);
    let file: FileHandle | undefined;
    try {
      file = await onDisk(open(path, 'wx+', 0o600), 'a new file');
      const facts = await this.#receive(file, declared, source);
      const staged: StagedFile = new StagedFile({
        id: objectId(facts),
        facts,
        file,
        path,
        onRelease: () => {
          this.#staged.delete(staged);
          giveBack();
        },
      });
      this.#staged.add(staged);
      return staged;
    } catch (error) {
      await file?.close();
      await rm(path, { force: true });
      giveBack();
      throw error;
    }
  }

  async #receive(
    file: FileHandle,
    declared: StageDeclaration,
    source: AsyncIterable<Uint8Array>,
  ): ReturnType<StagedUpload['receive']> {
    const { sizeBytes, id } = declared;
    const upload = new StagedUpload({ file, hasher: this.#hasher, sizeBytes });
    try {
      const facts = await upload.receive(source);
      checkDeclaredId(id, facts);
      return facts;
    } finally {
      await upload.settled();
    }
  }

  /** Holds room back. */
  #reserve(needed: number): () => void {
    const { limitBytes } = this.#options;
    const used = this.#usedBytes;
    if (used + needed > limitBytes) {
      throw new ProvenderError(
        'PROVENDER_OVER_QUOTA',
        `stage: ${needed} bytes needed, ${used} used of ${limitBytes}; wait for placements to end, or raise the limit of the stage`,
        { details: { limit: limitBytes, used, needed } },
      );
    }
    this.#usedBytes += needed;
    let isHeld = true;
    return () => {
      if (isHeld) this.#usedBytes -= needed;
      isHeld = false;
    };
  }
}
