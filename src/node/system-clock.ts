import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../placement/clock.ts';

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted(); // its reason, where Node gives an error of its own
      throw error;
    }
  },
};
