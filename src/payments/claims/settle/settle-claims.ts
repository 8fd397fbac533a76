import { isProvenderError } from '../../../content/provender-error.ts';
import type { ChainReader, ChannelView } from '../../chain/chain-reader.ts';
import type { SignedNonce } from '../claim-events.ts';
import type { ClaimablePayment } from '../claimable-payment.ts';
import type { ClaimSender, ClaimTransaction } from './claim-sender.ts';

/** What became of a claim that was to be settled. */
export type Settlement = SignedNonce &
  (
    | {
        readonly is: 'paid';
        /** What the contract gave; less than was signed when the channel had less. */
        readonly claimed: bigint;
        readonly transaction: `0x${string}`;
        readonly block: bigint;
      }
    /** A dry run: it would be sent, and the contract would take it. */
    | { readonly is: 'planned'; readonly claimed: bigint; readonly transaction: ClaimTransaction }
    /** The chain had passed the nonce before: nothing was sent. */
    | { readonly is: 'over' }
    /** Not sent, or refused. */
    | { readonly is: 'failed'; readonly reason: string }
  );

/** What is settled and how. */
export interface SettleOptions {
  /** With their signatures, as the node lists them; in any order. */
  readonly claims: readonly ClaimablePayment[];
  readonly chain: Pick<ChainReader, 'read'>;
  readonly sender: ClaimSender;
  /** Blocks that each transaction has to be deep. Default 1. */
  readonly confirmations?: number;
  /** Send nothing. */
  readonly isDryRun?: boolean;
  /** Told of each transaction before it is sent. */
  readonly onTransaction?: (claim: SignedNonce, transaction: ClaimTransaction) => void;
}

/**
 * Sends claims to the contract and waits for them: of each channel in the order of the nonces, of different channels side by side. It can be run again
 * at any time: what the chain has passed is not sent again.
 *
 * @throws ProvenderError `PROVENDER_CHANNEL` when earlier transactions of the key cannot be waited for; a claim that fails is a settlement
 * @see payment-channels.md, sections 9 and 13
 */
export async function* settleClaims(options: SettleOptions): AsyncGenerator<Settlement> {
  if (options.isDryRun !== true) await options.sender.settled();
  let queues = byChannel(options.claims);
  for (let round = 0; queues.length > 0; round++) {
    const steps: Step[] = [];
    // One after the other: the transactions of a key are numbered.
    for (const { claim } of queues) steps.push(await stepOf(options, claim, round));
    const rest: ChannelQueue[] = [];
    for (const [at, { claim, later }] of queues.entries()) {
      const step = steps[at] ?? failed(claim, 'not tried');
      const settlement = step.is === 'sent' ? await confirmed(options, claim, step) : step;
      yield settlement;
      const [next, ...others] = later;
      if (next === undefined) continue;
      if (settlement.is !== 'failed') rest.push({ claim: next, later: others });
      else yield* later.map((behind) => failed(behind, `nonce ${claim.nonce} of its channel comes first`));
    }
    queues = rest;
  }
}

/** The claims of one channel, by nonce. */
interface ChannelQueue {
  readonly claim: ClaimablePayment;
  readonly later: readonly ClaimablePayment[];
}

interface Sent {
  readonly is: 'sent';
  readonly hash: `0x${string}`;
  readonly claimed: bigint;
}

type Step = Settlement | Sent;

function byChannel(claims: readonly ClaimablePayment[]): ChannelQueue[] {
  const channels = new Map<bigint, ClaimablePayment[]>();
  for (const claim of claims)
    channels.set(claim.channelId, [...(channels.get(claim.channelId) ?? []), claim]);
  return [...channels.values()].flatMap((all) => {
    const [claim, ...later] = all.toSorted((a, b) => (a.nonce < b.nonce ? -1 : 1));
    return claim === undefined ? [] : [{ claim, later }];
  });
}

/** @param round - how many claims of the channel went before it; in a dry run the chain does not show them */
async function stepOf(options: SettleOptions, claim: ClaimablePayment, round: number): Promise<Step> {
  const { sender, isDryRun = false } = options;
  try {
    const view = await options.chain.read(claim.channelId);
    if (view !== undefined && view.nonce > claim.nonce) return { ...signedNonce(claim), is: 'over' };
    const isBehind = isDryRun && round > 0;
    const refusal = refusalOf(claim, view, options);
    if (refusal !== undefined && !isBehind) return failed(claim, refusal);
    const { signature, amount: signedAmount, channelId } = claim;
    if (signature === undefined || view === undefined) return failed(claim, 'it cannot be claimed');
    const amount = signedAmount < view.value ? signedAmount : view.value;
    const transaction = sender.transactionOf({ channelId, amount, signedAmount, signature });
    options.onTransaction?.(signedNonce(claim), transaction);
    if (!isBehind) await sender.simulate(transaction);
    if (isDryRun) return { ...signedNonce(claim), is: 'planned', claimed: amount, transaction };
    return { is: 'sent', hash: await sender.send(transaction), claimed: amount };
  } catch (error) {
    return failed(claim, reasonOf(error));
  }
}

/** Why the contract would not take it. */
function refusalOf(
  claim: ClaimablePayment,
  view: ChannelView | undefined,
  { sender }: SettleOptions,
): string | undefined {
  if (claim.signature === undefined) return 'its claim has not been started';
  if (view === undefined) return 'the channel is not on the blockchain';
  if (view.recipient !== sender.address)
    return `the key is of ${sender.address}, the channel pays ${view.recipient}`;
  if (view.nonce < claim.nonce) return `the chain is at nonce ${view.nonce}, which has to be claimed first`;
  return undefined;
}

async function confirmed(options: SettleOptions, claim: ClaimablePayment, sent: Sent): Promise<Settlement> {
  const { hash: transaction, claimed } = sent;
  try {
    const { block } = await options.sender.confirmed(transaction, options.confirmations ?? 1);
    return { ...signedNonce(claim), is: 'paid', claimed, transaction, block };
  } catch (error) {
    return failed(claim, `transaction ${transaction}: ${reasonOf(error)}`);
  }
}

function failed(claim: ClaimablePayment, reason: string): Settlement {
  return { ...signedNonce(claim), is: 'failed', reason };
}

function signedNonce({ channelId, nonce, amount }: ClaimablePayment): SignedNonce {
  return { channelId, nonce, amount };
}

function reasonOf(error: unknown): string {
  if (isProvenderError(error)) return error.message;
  throw error;
}
