import { Catalog } from '../embedded/catalog.ts';
import { EmbeddedStore } from '../embedded/embedded-store.ts';
import { type BaseParts, openParts } from '../embedded/open-parts.ts';
import type { EmbeddedOptions } from '../embedded/options.ts';
import type { TableOptions } from '../embedded/tables.ts';
import type { ObjectStore } from '../object-store.ts';
import { cleanMark } from './clean-mark.ts';
import { FileArea } from './file-area.ts';
import { FilesChunks } from './files-chunks.ts';
import { FilesData } from './files-data.ts';

const MIB = 2 ** 20;

/** Small records only. */
const TABLES: TableOptions = { writeBufferSize: 4 * MIB, cacheSize: 8 * MIB, maxFileSize: 2 * MIB };

/** One file for each lone chunk and each stripe, the plain baseline; small records in LevelDB. @see object-layout.md, section 7 */
export const FilesStore = {
  /**
   * Opens or makes a store, removes what a crash left staged, and counts the lone chunks anew when the last run did not close.
   * @throws ProvenderError `PROVENDER_CONFIG` when another process has the folder or it cannot be used, `PROVENDER_CORRUPT` when a
   *   record of the store itself is damaged, `PROVENDER_OVER_QUOTA` or `PROVENDER_UNAVAILABLE` when the disk takes no writes
   */
  async open(options: EmbeddedOptions): Promise<ObjectStore> {
    const base = await openParts({ ...options, folder: 'meta', tables: TABLES });
    try {
      return await start(base);
    } catch (error) {
      await base.close();
      throw error;
    }
  },
};

async function start(base: BaseParts): Promise<ObjectStore> {
  const { database, ledger } = base;
  const files = new FileArea(base);
  await files.clearTemporaries();
  await files.folder('c');
  await files.folder('d');
  const chunks = new FilesChunks(files, ledger);
  const { chunks: count, chunkBytes } = ledger.counts;
  if (!(await cleanMark.take(database))) {
    ledger.count({ chunks: -count, chunkBytes: -chunkBytes });
    await chunks.recount();
  }
  const close = async (): Promise<void> => {
    // Without the mark, on a full or broken disk, the next open counts: that is all it costs.
    await cleanMark.leave(ledger).catch(() => undefined);
    await base.close();
  };
  const catalog = new Catalog(database, ledger);
  return EmbeddedStore.start({
    ...base,
    adapter: 'files',
    catalog,
    chunks,
    data: new FilesData(files),
    close,
  });
}
