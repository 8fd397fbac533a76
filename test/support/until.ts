import { setTimeout as wait } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const PAUSE_MS = 10;

/** Asks again and again until a fact holds, and fails after a bound. A probe that throws has not found it yet. */
export async function until(
  what: string,
  probe: () => Promise<boolean> | boolean,
  limitMs = LIMIT_MS,
): Promise<void> {
  const end = performance.now() + limitMs;
  for (let last: unknown; ; ) {
    try {
      if (await probe()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`, { cause: last });
    await wait(PAUSE_MS);
  }
}
