import { decodeEventLog, toEventSelector, toHex } from 'viem';
import { z } from 'zod';
import type { Address } from '../address.ts';
import type { ChainOptions, NonceEnding } from './chain-reader.ts';
import { EndpointError } from './endpoint-error.ts';
import { ESCROW_ABI } from './escrow-abi.ts';
import { type EventLog, eventLog } from './rpc-answers.ts';
import type { RpcEndpoint } from './rpc-endpoint.ts';

/** A nonce of which the chain says that it has ended. */
export interface EndedNonce {
  readonly mpe: Address;
  readonly channelId: bigint;
  readonly nonce: bigint;
  /** The latest block. */
  readonly head: bigint;
  /** It had not ended yet at this block. */
  readonly fromBlock?: bigint;
}

/** Most endpoints list events of that many blocks in one answer, some only of fewer. */
const WINDOW = 10_000n;
const LEAST_WINDOW = 100n;
/** About two weeks: how far back is looked when nobody knows since when. */
const UNKNOWN_SINCE = 100_000n;
/** Most requests of one search. */
const MOST_BLOCKS = 1_000_000n;
const ENDINGS = ESCROW_ABI.filter((one) => one.name === 'ChannelClaim' || one.name === 'ChannelSenderClaim');
const SELECTORS = ENDINGS.map((one) => toEventSelector(one));

/**
 * Looks for the event that ended a nonce, from the latest block backwards. The nonce in both events is the one behind it.
 * @throws EndpointError `refused` when the endpoint lists no events, however few blocks it is asked for
 * @see payment-channels.md, section 11
 */
export async function findEnding(
  endpoint: RpcEndpoint,
  ended: EndedNonce,
  options: ChainOptions,
): Promise<NonceEnding> {
  const { head } = ended;
  const since = max(ended.fromBlock ?? head - UNKNOWN_SINCE, head - MOST_BLOCKS, 0n);
  let size = WINDOW;
  for (let to = head; to >= since; ) {
    const from = max(to - size + 1n, since);
    try {
      const found = await endingWithin(endpoint, ended, { from, to }, options);
      if (found !== undefined) return found;
      to = from - 1n;
    } catch (error) {
      if (!(error instanceof EndpointError) || error.failure !== 'refused' || size <= LEAST_WINDOW)
        throw error;
      size = max(size / 10n, LEAST_WINDOW);
    }
  }
  return { is: 'unknown' };
}

async function endingWithin(
  endpoint: RpcEndpoint,
  { mpe, channelId, nonce }: EndedNonce,
  { from, to }: { from: bigint; to: bigint },
  options: ChainOptions,
): Promise<NonceEnding | undefined> {
  const topics = [SELECTORS, toHex(channelId, { size: 32 })];
  const filter = { address: mpe, topics, fromBlock: toHex(from), toBlock: toHex(to) };
  const question = { method: 'eth_getLogs', params: [filter], answer: z.array(eventLog) } as const;
  const logs = await endpoint.ask(question, options);
  const own = logs.filter((log) => log.address === mpe && log.removed !== true);
  return own.map((log) => parseEnding(log, channelId, nonce)).find((ending) => ending !== undefined);
}

function parseEnding(log: EventLog, channelId: bigint, nonce: bigint): NonceEnding | undefined {
  const { eventName, args } = decode(log);
  if (args.channelId !== channelId || args.nonce !== nonce + 1n) return undefined;
  const where = { transaction: log.transactionHash, block: log.blockNumber };
  return eventName === 'ChannelClaim'
    ? { is: 'paid', amount: args.claimAmount, ...where }
    : { is: 'timed-out', ...where };
}

function decode(log: EventLog): ReturnType<typeof decodeEventLog<typeof ENDINGS>> {
  try {
    return decodeEventLog({ abi: ENDINGS, data: log.data, topics: log.topics });
  } catch {
    throw new EndpointError('malformed', `lists an event that is none of the escrow contract`);
  }
}

function max(...values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a > b ? a : b));
}
