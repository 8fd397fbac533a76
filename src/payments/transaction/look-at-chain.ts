import type { ChainReader, ChannelView } from '../chain/chain-reader.ts';
import { REFUSALS, type Refusal } from '../refusals.ts';

/** What the chain says of a channel; `view` is `undefined` when it has none. */
export interface ChainLook {
  readonly view: ChannelView | undefined;
  /** It was read earlier: good enough to accept, but not always to refuse. */
  readonly isCached: boolean;
}

/** Step 4: the view that was read last, else a fresh one. */
export async function lookAtChain(
  chain: ChainReader,
  channelId: bigint,
  signal?: AbortSignal,
): Promise<ChainLook | Refusal> {
  const view = chain.cached(channelId);
  return view === undefined ? lookAgain(chain, channelId, signal) : { view, isCached: true };
}

/** Step 4, from the chain itself. */
export async function lookAgain(
  chain: ChainReader,
  channelId: bigint,
  signal?: AbortSignal,
): Promise<ChainLook | Refusal> {
  try {
    const view = await chain.read(channelId, signal === undefined ? {} : { signal });
    return { view, isCached: false };
  } catch (error) {
    return REFUSALS.chain.because(error, error instanceof Error ? error.message : String(error));
  }
}
