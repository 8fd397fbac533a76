import { Catalog } from '../embedded/catalog.ts';
import { EmbeddedStore } from '../embedded/embedded-store.ts';
import { openParts } from '../embedded/open-parts.ts';
import type { EmbeddedOptions } from '../embedded/options.ts';
import type { TableOptions } from '../embedded/tables.ts';
import type { ObjectStore } from '../object-store.ts';
import { LevelChunks } from './level-chunks.ts';
import { LevelData } from './level-data.ts';

const MIB = 2 ** 20;

/** Chosen by measurement for synced batches of 4 MiB. */
const TABLES: TableOptions = { writeBufferSize: 32 * MIB, cacheSize: 16 * MIB, maxFileSize: 16 * MIB };

/** The embedded default: everything in one LevelDB. @see object-layout.md, section 7 */
export const LevelStore = {
  /**
   * Opens or makes a store and removes what a crash left staged.
   * @throws ProvenderError `PROVENDER_CONFIG` when another process has the folder or it cannot be used, `PROVENDER_CORRUPT` when a
   *   record of the store itself is damaged, `PROVENDER_OVER_QUOTA` or `PROVENDER_UNAVAILABLE` when the disk takes no writes
   */
  async open(options: EmbeddedOptions): Promise<ObjectStore> {
    const base = await openParts({ ...options, folder: 'db', tables: TABLES });
    try {
      const catalog = new Catalog(base.database, base.ledger);
      const chunks = new LevelChunks({ ...base, catalog });
      return await EmbeddedStore.start({
        ...base,
        adapter: 'level',
        catalog,
        chunks,
        data: new LevelData(base.database),
      });
    } catch (error) {
      await base.close();
      throw error;
    }
  },
};
