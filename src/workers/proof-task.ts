import { BLOCK_SIZE } from '../content/geometry.ts';
import { blockRoots, decodeBlocks, encodePass } from '../proof/kernels.ts';
import type { DecodeRun, EncodeRun } from '../proof/replica-coder.ts';

/** One piece of work for a thread: all that is large lies in SharedArrayBuffers, so the message carries no bytes. */
export type ProofTask =
  | { readonly kind: 'tree'; readonly data: Uint8Array; readonly out: Uint8Array }
  | { readonly kind: 'encode'; readonly runs: readonly EncodeRun[] }
  | { readonly kind: 'decode'; readonly run: DecodeRun };

/** Entry point of a worker thread. Whoever asked sees the results in the shared memory at once. */
export function runProofTask(task: ProofTask): void {
  if (task.kind === 'tree') blockRoots(task.data, task.out);
  else if (task.kind === 'encode') encodeRuns(task.runs);
  else decodeRun(task.run);
}

/** Encodes runs of one pass side by side, then hashes their blocks while they are warm. */
function encodeRuns(runs: readonly EncodeRun[]): void {
  const [first] = runs;
  if (first === undefined) return;
  encodePass(
    first.pass,
    runs.map(({ segment, blocks }) => ({ ...segment, blocks })),
  );
  for (const { segment, blocks, roots } of runs) {
    blockRoots(segment.bytes.subarray(blocks.first * BLOCK_SIZE, blocks.end * BLOCK_SIZE), roots);
  }
}

/** Decodes one run, whose words fill the lanes, and hashes what came out. */
function decodeRun({ pass, segment, blocks, out, roots }: DecodeRun): void {
  decodeBlocks(pass, { ...segment, blocks }, out);
  if (roots !== undefined) blockRoots(out, roots);
}
