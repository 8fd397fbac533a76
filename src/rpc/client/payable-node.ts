import { addressOf } from '../../payments/address.ts';
import type { Price, PriceSchedule } from '../../payments/price-schedule.ts';
import { parseUint256, uint256Bytes, uint256FromBytes } from '../../payments/uint256.ts';
import type { GetScheduleResponse, Price as WirePrice } from '../../generated/provender/v1/price_service.ts';
import type { ChannelStateReply } from '../../generated/escrow/state_service.ts';
import { asBuffer } from '../data-codec.ts';
import { CHANNEL_STATE_METHODS, PRICE_METHODS } from '../methods.ts';
import { corruptAnswer } from '../wire-shapes.ts';
import type { Caller } from './caller.ts';
import type { PayableNode, PaymentTerms, ServedRange, StatedChannel } from './client-payments.ts';

const GROUP_ID_SIZE = 32;

/** What a payer asks of the node that a caller calls. */
export function payableNode(caller: () => Caller): PayableNode {
  return {
    terms: async (timeoutMs) =>
      termsFromWire(await caller().read(PRICE_METHODS.getSchedule, {}, { timeoutMs })),
    quote: async (method, range, timeoutMs) => {
      const content = { $case: 'range' as const, value: rangeToWire(range) };
      const { price } = await caller().read(PRICE_METHODS.quote, { method, content }, { timeoutMs });
      return parseUint256(price, 'price');
    },
    channelState: async ({ channelId, block, signature }, timeoutMs) => {
      const request = {
        channelId: asBuffer(uint256Bytes(channelId)),
        signature: asBuffer(signature),
        currentBlock: block,
      };
      return stateFromWire(
        await caller().read(CHANNEL_STATE_METHODS.getChannelState, request, { timeoutMs }),
      );
    },
  };
}

/** A range as Quote takes it. */
export function rangeToWire({ id, offset, length, receipt }: ServedRange) {
  return {
    objectId: asBuffer(id),
    offset,
    ...(length !== undefined && { length }),
    ...(receipt !== undefined && { receipt: asBuffer(receipt) }),
  };
}

/** @throws ProvenderError `PROVENDER_CORRUPT`, `PROVENDER_INVALID` */
function termsFromWire(answer: GetScheduleResponse): PaymentTerms {
  if (answer.groupId.length !== GROUP_ID_SIZE)
    throw corruptAnswer(`a group id of ${answer.groupId.length} bytes`);
  return {
    schedule: scheduleFromWire(answer),
    mpe: addressOf(answer.mpeAddress),
    paymentAddress: addressOf(answer.paymentAddress),
    groupId: answer.groupId,
    organization: answer.organization,
    evmChainId: answer.evmChainId,
    ...(answer.currentBlock !== undefined && { block: answer.currentBlock }),
  };
}

function scheduleFromWire({ version, defaultPrice, methods }: GetScheduleResponse): PriceSchedule {
  return {
    version: Number(version),
    default: priceFromWire(defaultPrice),
    methods: Object.fromEntries(Object.entries(methods).map(([name, price]) => [name, priceFromWire(price)])),
  };
}

function priceFromWire(price: WirePrice | undefined): Price {
  if (price === undefined) throw corruptAnswer('a schedule without a price');
  return {
    perCall: parseUint256(price.perCall, 'perCall'),
    perKiB: parseUint256(price.perKib, 'perKiB'),
  };
}

function stateFromWire(reply: ChannelStateReply): StatedChannel {
  const { currentNonce, currentSignedAmount, currentSignature } = reply;
  const { oldNonceSignedAmount, oldNonceSignature } = reply;
  const isSigned = currentSignedAmount.length > 0;
  const old = { amount: amountOf(oldNonceSignedAmount), signature: oldNonceSignature };
  return {
    nonce: uint256FromBytes(currentNonce, 'nonce'),
    amount: amountOf(currentSignedAmount),
    ...(isSigned && { signature: currentSignature }),
    ...(oldNonceSignedAmount.length > 0 && { old }),
  };
}

function amountOf(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : uint256FromBytes(bytes, 'amount');
}
