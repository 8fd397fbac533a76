import { Database } from './database.ts';
import { DiskGuard } from './disk-guard.ts';
import type { EmbeddedParts } from './embedded-parts.ts';
import { Ledger } from './ledger.ts';
import { DEFAULT_RESERVE_BYTES, type EmbeddedOptions } from './options.ts';
import { Session } from './session.ts';
import { noSteps } from '../step-hook.ts';
import type { TableOptions } from './tables.ts';

/** The parts that both embedded adapters open in the same way. */
export type BaseParts = Omit<EmbeddedParts, 'adapter' | 'catalog' | 'chunks' | 'data'>;

/**
 * Opens database, usage and session. A failure leaves nothing open.
 * @param options - `folder` is that of LevelDB inside `directory`
 */
export async function openParts(
  options: EmbeddedOptions & { folder: string; tables: TableOptions },
): Promise<BaseParts> {
  const { directory, folder, tables } = options;
  const guard = new DiskGuard(directory, options.reserveBytes ?? DEFAULT_RESERVE_BYTES);
  const database = await Database.open({ directory, folder, tables, guard });
  const close = async (): Promise<void> => {
    await guard.close();
    await database.close();
  };
  try {
    const ledger = await Ledger.open(database);
    const session = await Session.begin(database);
    const { marks, events = {}, onStep: step = noSteps } = options;
    return { directory, database, ledger, guard, session, step, marks, events, close };
  } catch (error) {
    await close();
    throw error;
  }
}
