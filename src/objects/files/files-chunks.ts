import { BLOCK_SIZE } from '../../content/geometry.ts';
import type { ObjectId } from '../../content/object-id.ts';
import { isProvenderError, type ProvenderError } from '../../content/provender-error.ts';
import type { Ledger } from '../embedded/ledger.ts';
import type { ChunkShelf } from '../embedded/shelves.ts';
import { checkedHead } from '../head.ts';
import type { CatalogEntry, LoneChunk } from '../object-store.ts';
import { chunkBytes, chunkPath, decodeChunkFile, encodeChunkFile } from './chunk-file.ts';
import { walkChunks } from './chunk-walk.ts';
import type { FileArea } from './file-area.ts';

/** Files read at a time by one call. */
const READS_AT_ONCE = 16;

/** Lone chunks as files `c/ab/cd/<id>`. */
export class FilesChunks implements ChunkShelf {
  readonly #files: FileArea;
  readonly #ledger: Ledger;

  constructor(files: FileArea, ledger: Ledger) {
    this.#files = files;
    this.#ledger = ledger;
  }

  async head(id: ObjectId): Promise<Uint8Array | undefined> {
    const chunk = await this.#readOne(id);
    if (chunk !== undefined) checkedHead(id, chunk.head);
    return chunk?.head;
  }

  async put(chunk: LoneChunk): Promise<void> {
    await this.#write(chunk);
    this.#ledger.count({ chunks: 1, chunkBytes: chunk.head.length + chunk.block.length });
  }

  /** A rename puts the new file in the place of the old one: a crash leaves one of the two. */
  async replace(chunk: LoneChunk, standing: Uint8Array): Promise<void> {
    await this.#write(chunk);
    this.#ledger.count({ chunkBytes: chunk.head.length - standing.length });
  }

  async remove(id: ObjectId, head: Uint8Array): Promise<void> {
    await this.#files.remove(chunkPath(id).path);
    this.#ledger.count({ chunks: -1, chunkBytes: -(BLOCK_SIZE + head.length) });
  }

  async read(ids: readonly ObjectId[]): Promise<readonly (LoneChunk | ProvenderError | undefined)[]> {
    const found: (LoneChunk | ProvenderError | undefined)[] = [];
    for (let i = 0; i < ids.length; i += READS_AT_ONCE) {
      const some = ids.slice(i, i + READS_AT_ONCE).map((id) => this.#readOne(id).catch(corruptOnly));
      found.push(...(await Promise.all(some)));
    }
    return found;
  }

  async list(page: { after?: ObjectId; limit: number }): Promise<readonly CatalogEntry[]> {
    const entries: CatalogEntry[] = [];
    for await (const id of walkChunks(this.#files, page.after)) {
      const head = await this.#rawHead(id);
      if (head !== undefined) entries.push({ id, head, token: id }); // else it was removed while we walked
      if (entries.length === page.limit) break;
    }
    return entries;
  }

  /** Counts the files anew, for an open after a crash. */
  async recount(): Promise<void> {
    for await (const id of walkChunks(this.#files)) {
      const size = await this.#files.read(chunkPath(id).path, async (file) => (await file.stat()).size);
      if (size !== undefined) this.#ledger.count({ chunks: 1, chunkBytes: chunkBytes(size) });
    }
  }

  async #write(chunk: LoneChunk): Promise<void> {
    const { folder, path } = chunkPath(chunk.id);
    await this.#files.folder(folder);
    await this.#files.write(path, encodeChunkFile(chunk));
    await this.#files.syncFolder(folder);
  }

  /** A file that cannot be cut gives all its bytes: no head either, which the caller finds, and the other entries are listed. */
  #rawHead(id: ObjectId): Promise<Uint8Array | undefined> {
    return this.#files.read(chunkPath(id).path, async (file) => {
      const bytes = await file.readFile();
      try {
        return decodeChunkFile(id, bytes).head;
      } catch (error) {
        corruptOnly(error);
        return bytes;
      }
    });
  }

  async #readOne(id: ObjectId): Promise<LoneChunk | undefined> {
    const bytes = await this.#files.read(chunkPath(id).path, (file) => file.readFile());
    return bytes === undefined ? undefined : decodeChunkFile(id, bytes);
  }
}

function corruptOnly(error: unknown): ProvenderError {
  if (isProvenderError(error, 'PROVENDER_CORRUPT')) return error;
  throw error;
}
