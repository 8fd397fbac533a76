import type { FileHandle } from 'node:fs/promises';
import { rootsKey, stripeKey } from '../data-names.ts';
import type { DataShelf } from '../embedded/shelves.ts';
import { placesIn } from '../extent-memory.ts';
import type { Extent } from '../object-store.ts';
import { type Tag, tagName } from '../tag.ts';
import type { FileArea } from './file-area.ts';

/** Stripes and stripe roots as files: `d/<tag>/<stripe in 6 hex digits>`, `d/<tag>/r`. */
export class FilesData implements DataShelf {
  readonly #files: FileArea;

  constructor(files: FileArea) {
    this.#files = files;
  }

  async writeStripe(tag: Tag, stripe: number, bytes: Uint8Array): Promise<void> {
    await this.#files.folder(folderOf(tag));
    await this.#files.write(stripePath(tag, stripe), bytes);
  }

  async writeRoots(tag: Tag, bytes: Uint8Array): Promise<void> {
    await this.#files.folder(folderOf(tag));
    await this.#files.write(rootsPath(tag), bytes);
  }

  /** The bytes are on the disk; their names are from here on. */
  async settle(tag: Tag): Promise<void> {
    await this.#files.folder(folderOf(tag));
    await this.#files.syncFolder(folderOf(tag));
    this.#files.forgetFolder(folderOf(tag));
  }

  readStripe(
    tag: Tag,
    stripe: number,
    extents: readonly Extent[],
    memory?: Uint8Array,
  ): Promise<readonly Uint8Array[] | undefined> {
    return this.#files.read(stripePath(tag, stripe), async (file) => {
      const parts: Uint8Array[] = [];
      const places = placesIn(memory, extents);
      for (const [i, extent] of extents.entries()) parts.push(await readExtent(file, extent, places[i]));
      return parts;
    });
  }

  readRoots(tag: Tag): Promise<Uint8Array | undefined> {
    return this.#files.read(rootsPath(tag), (file) => file.readFile());
  }

  drop(tag: Tag): Promise<void> {
    return this.#files.removeFolder(folderOf(tag));
  }
}

function folderOf(tag: Tag): string {
  return `d/${tagName(tag)}`;
}

function stripePath(tag: Tag, stripe: number): string {
  return `d/${stripeKey(tag, stripe)}`;
}

function rootsPath(tag: Tag): string {
  return `d/${rootsKey(tag)}`;
}

/** Fewer bytes than asked for where the file ends before. */
async function readExtent(
  file: FileHandle,
  { offset, length }: Extent,
  bytes: Uint8Array = Buffer.allocUnsafeSlow(length),
): Promise<Uint8Array> {
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
