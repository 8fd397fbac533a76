import { blockRoots } from '../proof/kernels.ts';

/** One piece of work: both arrays lie in SharedArrayBuffers, so the message carries no bytes. */
export interface TreeTask {
  readonly data: Uint8Array;
  readonly out: Uint8Array;
}

/** Entry point of a worker thread: hashes the blocks of `data` into `out`, which the caller sees at once. */
export function hashBlocks({ data, out }: TreeTask): void {
  blockRoots(data, out);
}
