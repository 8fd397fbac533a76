import type { Database } from '../embedded/database.ts';
import type { Ledger } from '../embedded/ledger.ts';

const KEY = new TextEncoder().encode('clean');

/**
 * The mark that the last run closed in order, so that the counts of lone chunks in the usage record can be believed. Taken away before
 * the first write.
 */
export const cleanMark = {
  /** Takes the mark away; tells whether it was there. */
  async take(database: Database): Promise<boolean> {
    const mark = await database.read('clean-close mark', (tables) => tables.table('u').get(KEY));
    if (mark !== undefined) await database.write([{ table: 'u', key: KEY }]);
    return mark !== undefined;
  },

  /** Leaves the mark together with the usage record. */
  async leave(ledger: Ledger): Promise<void> {
    await ledger.commit({ operations: [{ table: 'u', key: KEY, value: Uint8Array.of(1) }] });
  },
};
