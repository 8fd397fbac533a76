import { decodeFunctionResult, encodeFunctionData, encodeFunctionResult, hexToBytes, toHex } from 'viem';
import { type Address, NO_ADDRESS, parseEvmAddress } from '../address.ts';
import type { ChannelView } from './chain-reader.ts';
import { EndpointError } from './endpoint-error.ts';
import { ESCROW_ABI } from './escrow-abi.ts';
import { hexBytes, word } from './rpc-answers.ts';
import type { RpcQuestion } from './rpc-endpoint.ts';

const channels = { abi: ESCROW_ABI, functionName: 'channels' } as const;

/** Asks the contract for a channel at a block. */
export function channelQuestion(mpe: Address, channelId: bigint, block: bigint): RpcQuestion<`0x${string}`> {
  const data = encodeFunctionData({ ...channels, args: [channelId] });
  return { method: 'eth_call', params: [{ to: mpe, data }, toHex(block)], answer: hexBytes };
}

/** Asks the contract how many channels it has at a block. */
export function countQuestion(mpe: Address, block: bigint): RpcQuestion<bigint> {
  const data = encodeFunctionData({ abi: ESCROW_ABI, functionName: 'nextChannelId' });
  return { method: 'eth_call', params: [{ to: mpe, data }, toHex(block)], answer: word.transform(BigInt) };
}

/**
 * Reads the answer: nonce, sender, signer, recipient, group, value, expiration, 32 bytes each. A sender of 0 means that there is no such channel.
 * @throws EndpointError `malformed`; an empty answer says that there is no contract
 * @see payment-channels.md, section 11
 */
export function parseChannelAnswer(
  answer: `0x${string}`,
  { channelId, block }: Pick<ChannelView, 'channelId' | 'block'>,
): ChannelView | undefined {
  if (answer === '0x') throw new EndpointError('malformed', `has no escrow contract at block ${block}`);
  const fields = decode(answer);
  const [nonce, sender, signer, recipient, groupId, value, expiration] = fields;
  // What does not give the same bytes again has bits that no field of the contract can have.
  if (encodeFunctionResult({ ...channels, result: fields }) !== answer) throw malformed();
  if (sender === NO_ADDRESS) return undefined;
  const addresses = {
    sender: parseEvmAddress(sender),
    signer: parseEvmAddress(signer),
    recipient: parseEvmAddress(recipient),
  };
  return { channelId, nonce, ...addresses, groupId: hexToBytes(groupId), value, expiration, block };
}

function decode(data: `0x${string}`): ReturnType<typeof decodeFunctionResult<typeof ESCROW_ABI, 'channels'>> {
  try {
    return decodeFunctionResult({ ...channels, data });
  } catch {
    throw malformed();
  }
}

function malformed(): EndpointError {
  return new EndpointError('malformed', 'answers with something that is not a channel');
}
