import type { ReadResult } from './operations.ts';

/** What the addon gives with the result code of `look`. @see NativePool.look */
interface NativeLook {
  readonly lengths: readonly number[];
  readonly xattrs?: readonly (readonly [string, Uint8Array])[];
  readonly stat?: readonly [size: number, mtimeMs: number];
  readonly omap?: readonly (readonly [string, Uint8Array])[];
  readonly more?: boolean;
}

/** Lengths of the reads of a look. The addon is built from the same tree, so the shape is what its face says. */
export function lookLengths(extra: unknown): readonly number[] {
  return (extra as NativeLook).lengths;
}

/** Turns the extra of a look into its result; fields are there when a step asked for them. */
export function lookResult(extra: unknown): ReadResult {
  const { lengths, xattrs, stat, omap, more } = extra as NativeLook;
  return {
    lengths,
    ...(xattrs === undefined ? {} : { xattrs: new Map(xattrs) }),
    ...(stat === undefined ? {} : { stat: { size: stat[0], mtimeMs: stat[1] } }),
    ...(omap === undefined ? {} : { omap: new Map(omap) }),
    ...(more === undefined ? {} : { more }),
  };
}

/** Turns the extra of a stat into its result. */
export function statResult(extra: unknown): { size: number; mtimeMs: number } {
  const [size, mtimeMs] = extra as readonly [number, number];
  return { size, mtimeMs };
}
