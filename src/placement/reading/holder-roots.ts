import { blockCount, blocksInStripe, HASH_SIZE, stripeCount } from '../../content/geometry.ts';
import { compareBytes, type ObjectId } from '../../content/object-id.ts';
import { foldRoots } from '../../proof/kernels.ts';
import type { Clock } from '../clock.ts';
import type { NodePeer } from '../ports.ts';
import { HedgedSource, type Runner } from './hedged-source.ts';
import type { HolderCalls } from './holder-calls.ts';
import { callFailure, HolderFailure } from './holder-failure.ts';
import type { HolderTeam } from './holder-team.ts';

/** What roots are fetched with. */
export interface RootsParts {
  readonly calls: HolderCalls;
  readonly team: HolderTeam;
  readonly clock: Clock;
}

/** A question for roots and the root that they have to fold to. */
interface RootsQuestion {
  readonly id: ObjectId;
  readonly stripe?: number;
  readonly count: number;
  readonly above: Uint8Array;
  readonly signal: AbortSignal;
}

/**
 * Roots of the stripes of a file that fold to its data root: 32 bytes for each 4 MiB, 512 KiB for the largest file. Those of a file of one stripe are
 * known. From whoever is fastest, as `HedgedSource`.
 */
export async function stripeRoots(
  file: { readonly sizeBytes: number; readonly dataRoot: Uint8Array },
  { calls, team, clock }: RootsParts,
  stop: AbortSignal,
): Promise<Uint8Array> {
  const count = stripeCount(blockCount(file.sizeBytes));
  if (count === 1) return file.dataRoot;
  const source = new HedgedSource<Uint8Array>({
    team,
    clock,
    begin: (holder) => {
      const controller = new AbortController();
      const { signal } = controller;
      return new RootsRunner(holder, controller, async () => {
        const startMs = clock.now();
        const roots = await holderRoots(calls, holder, { id: team.id, count, above: file.dataRoot, signal });
        team.speeds.took(holder, 'roots', clock.now() - startMs);
        return roots;
      });
    },
  });
  const onStop = (): void => source.stop();
  stop.addEventListener('abort', onStop, { once: true });
  try {
    return await source.next();
  } finally {
    stop.removeEventListener('abort', onStop);
    source.stop();
  }
}

/** Block roots of one stripe that fold to the stripe's root, from one holder. @throws HolderFailure */
export function columnOf(
  calls: HolderCalls,
  holder: NodePeer,
  question: Omit<RootsQuestion, 'count'> & { readonly stripe: number; readonly sizeBytes: number },
): Promise<Uint8Array> {
  const count = blocksInStripe(blockCount(question.sizeBytes), question.stripe);
  return holderRoots(calls, holder, { ...question, count });
}

/** Takes as many bytes as there must be, and no more. */
async function holderRoots(
  calls: HolderCalls,
  holder: NodePeer,
  { id, stripe, count, above, signal }: RootsQuestion,
): Promise<Uint8Array> {
  const what = stripe === undefined ? 'roots of the stripes' : `roots of stripe ${stripe}`;
  const roots = new Uint8Array(count * HASH_SIZE);
  let length = 0;
  try {
    for await (const piece of calls.roots(holder, id, { ...(stripe !== undefined && { stripe }), signal })) {
      if (length + piece.length > roots.length)
        throw new HolderFailure('long', `${what}: more than ${roots.length} bytes`);
      roots.set(piece, length);
      length += piece.length;
    }
  } catch (error) {
    throw error instanceof HolderFailure ? error : callFailure(error);
  }
  if (length < roots.length) throw new HolderFailure('short', `${what}: ${length} of ${roots.length} bytes`);
  if (compareBytes(foldRoots(roots), above) !== 0)
    throw new HolderFailure('roots', `${what}: they do not fold to the root above`);
  return roots;
}

/** One question for roots. */
class RootsRunner implements Runner<Uint8Array> {
  readonly holder: NodePeer;
  readonly step = 'roots';
  readonly take: () => Promise<Uint8Array>;
  readonly #controller: AbortController;

  constructor(holder: NodePeer, controller: AbortController, take: () => Promise<Uint8Array>) {
    this.holder = holder;
    this.take = take;
    this.#controller = controller;
  }

  stop(): void {
    this.#controller.abort();
  }
}
