import type { Child } from './child.ts';
import type { CommandMap } from './commands.ts';

/** Processes under measurement, by the part they play: `client`, `server`. */
export type Parts = Readonly<Record<string, Pick<Child<CommandMap>, 'cpu'>>>;

/** CPU of one part during a measurement. */
interface PartCost {
  /** All threads of the process, core-ms. */
  readonly totalMs: number;
  /** Its event loop alone, core-ms; the rest are workers and system threads. */
  readonly loopMs: number;
}

/** What a piece of work took. */
export interface Cost<P extends Parts> {
  readonly wallMs: number;
  readonly parts: { readonly [K in keyof P]: PartCost };
  /** All parts together, core-ms. */
  readonly cpuMs: number;
}

/** Runs `work` and tells its result with what each process spent on it. */
export async function measureCost<P extends Parts, T>(
  parts: P,
  work: () => Promise<T>,
): Promise<{ result: T; cost: Cost<P> }> {
  const names = Object.keys(parts);
  const before = await Promise.all(Object.values(parts).map((part) => part.cpu()));
  const startedAt = performance.now();
  const result = await work();
  const wallMs = performance.now() - startedAt;
  const after = await Promise.all(Object.values(parts).map((part) => part.cpu()));
  const spent = after.map((time, i) => ({
    totalMs: time.totalMs - (before[i]?.totalMs ?? 0),
    loopMs: time.loopMs - (before[i]?.loopMs ?? 0),
  }));
  return {
    result,
    cost: {
      wallMs,
      // The keys are those of `parts`, in its order.
      parts: Object.fromEntries(names.map((name, i) => [name, spent[i]])) as Cost<P>['parts'],
      cpuMs: spent.reduce((sum, { totalMs }) => sum + totalMs, 0),
    },
  };
}
