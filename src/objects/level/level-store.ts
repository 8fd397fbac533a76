import { Catalog } from '../embedded/catalog.ts';
import { EmbeddedStore } from '../embedded/embedded-store.ts';
import { type BaseParts, openParts } from '../embedded/open-parts.ts';
import type { EmbeddedOptions } from '../embedded/options.ts';
import type { TableOptions } from '../embedded/tables.ts';
import { storeUsage } from '../embedded/usage.ts';
import type { ObjectStore } from '../object-store.ts';
import { LevelChunks } from './level-chunks.ts';
import { LevelData } from './level-data.ts';
import { Reclaimer } from './reclaimer.ts';

const MIB = 2 ** 20;

/**
 * Chosen by measurement for synced batches of 4 MiB: 16 MiB of write buffer gave 1.2 times the rate of LevelDB's 4 MiB, more gave nothing. Memory: two write
 * buffers, the cache, and the tables, which are mapped and so belong to the page cache.
 */
const TABLES: TableOptions = { writeBufferSize: 16 * MIB, cacheSize: 8 * MIB, maxFileSize: 8 * MIB };

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
      return await start(base);
    } catch (error) {
      await base.close();
      throw error;
    }
  },
};

function start(base: BaseParts): Promise<ObjectStore> {
  const { database, ledger, guard } = base;
  const catalog = new Catalog(database, ledger);
  const reclaimer = new Reclaimer(database, () => storeUsage(ledger.counts).storedBytes);
  guard.onLow(() => reclaimer.roomIsLow());
  const chunks = new LevelChunks({ ...base, catalog, reclaimer });
  const data = new LevelData(database, reclaimer);
  const close = async (): Promise<void> => {
    await reclaimer.close();
    await base.close();
  };
  return EmbeddedStore.start({ ...base, adapter: 'level', catalog, chunks, data, close });
}
