import { setTimeout as wait } from 'node:timers/promises';
import type { Child } from '../framework/child.ts';
import type { CommandMap } from '../framework/commands.ts';

const LOOK_MS = 50;
/** CPU of one look below which a process counts as idle; asking itself costs some. */
const IDLE_MS = 2;
const LOOKS = 2;
const LIMIT_MS = 60_000;

/**
 * Waits until a process does nothing any more, so that what it does behind an answer (LevelDB merges its tables) is not charged to what
 * is measured next.
 *
 * @returns CPU that it took meanwhile, core-ms
 * @throws Error when it is still busy after a minute
 */
export async function settle(child: Pick<Child<CommandMap>, 'cpu'>): Promise<number> {
  const { totalMs: start } = await child.cpu();
  const startedAt = performance.now();
  let last = start;
  for (let idle = 0; idle < LOOKS; ) {
    if (performance.now() - startedAt > LIMIT_MS) throw new Error('a measured process does not come to rest');
    await wait(LOOK_MS);
    const { totalMs } = await child.cpu();
    idle = totalMs - last < IDLE_MS ? idle + 1 : 0;
    last = totalMs;
  }
  return last - start;
}
