import type { ChannelFacts } from '../../../src/payments/merge.ts';
import type { ChannelView } from '../../../src/payments/chain/chain-reader.ts';
import type { ModelState } from '../model/known-states.ts';
import { AT, get, NONCES } from './claims-state.ts';

// A state of the model in the words of the code.

/** Who a channel belongs to. */
export const PARTIES = {
  sender: `0x${'11'.repeat(20)}`,
  signer: `0x${'22'.repeat(20)}`,
  recipient: `0x${'33'.repeat(20)}`,
  groupId: new Uint8Array(32),
} as const;
/** Stands for every signature. */
export const SIGNATURE = new Uint8Array(65);
/** Stands for every request. */
export const WORD = new Uint8Array(32);
const OP = new Uint8Array(16);
const EXPIRATION = 1_000_000n;

/** What the code is told of the channel: the store as it is, the chain as somebody believes it to be. */
export function factsOf(
  state: ModelState,
  chain: { readonly nonce: number; readonly value: number },
  counts: { readonly ended: boolean },
): ChannelFacts {
  const view: ChannelView = {
    channelId: 0n,
    ...PARTIES,
    nonce: BigInt(chain.nonce),
    value: BigInt(chain.value),
    expiration: EXPIRATION,
    block: 1n,
  };
  const claimed = BigInt(get(state, AT.claimAmount));
  const claim = {
    nonce: BigInt(get(state, AT.claimNonce)),
    amount: claimed,
    signature: SIGNATURE,
    startBlock: 0n,
  };
  return {
    view,
    ended: counts.ended ? endedOf(state) : [],
    ...(get(state, AT.hasRecord) === 0 ? {} : { stored: recordOf(state) }),
    ...(claimed === 0n ? {} : { claim }),
  };
}

function recordOf(state: ModelState) {
  const amount = get(state, AT.amount);
  return {
    channelId: 0n,
    ...PARTIES,
    nonce: BigInt(get(state, AT.nonce)),
    fullAmount: 0n,
    expiration: EXPIRATION,
    authorizedAmount: BigInt(amount),
    ...(amount === 0 ? {} : { signature: SIGNATURE }),
    op: OP,
    by: 0,
    schedule: 1,
    request: WORD,
    repeat: false,
  };
}

function endedOf(state: ModelState): ChannelFacts['ended'] {
  return Array.from({ length: NONCES }, (_, nonce) => ({ nonce, amount: get(state, AT.ended + nonce) }))
    .filter(({ amount }) => amount > 0)
    .map(({ nonce, amount }) => ({
      nonce: BigInt(nonce),
      amount: BigInt(amount),
      signature: SIGNATURE,
      outcome: 'unknown' as const,
      block: 1n,
    }));
}
