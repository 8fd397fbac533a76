import { createECDH } from 'node:crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { type Address, addressOf } from '../../src/payments/address.ts';
import type { ChannelView } from '../../src/payments/chain/chain-reader.ts';
import type { Payment } from '../../src/payments/payment.ts';
import type { ChannelRecord } from '../../src/payments/records/channel-record.ts';
import type { EndedRecord } from '../../src/payments/records/ended-record.ts';
import { signMessage } from '../../src/payments/signatures.ts';
import { paymentMessage } from '../../src/payments/signed-messages.ts';
import type { PaymentPolicy } from '../../src/payments/validate.ts';

/** `size` bytes of one value. */
export const filled = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value);
/** In lower-case hex. */
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** From hex, with or without 0x. */
export const fromHex = (digits: string): Uint8Array =>
  new Uint8Array(Buffer.from(digits.replace(/^0x/, ''), 'hex'));

/** An address of 20 equal bytes. */
export const anAddress = (value: number): Address => addressOf(filled(20, value));

/** The address of a key as OpenSSL has its public key. */
export function addressByOpenssl(privateKey: Uint8Array): Address {
  const pair = createECDH('secp256k1');
  pair.setPrivateKey(privateKey);
  return addressOf(keccak_256(new Uint8Array(pair.getPublicKey()).subarray(1)).subarray(12));
}

/** Who signs in these tests. */
export const SENDER_KEY = filled(32, 0x11);
const SIGNER_KEY = filled(32, 0x22);
export const STRANGER_KEY = filled(32, 0x33);
export const SENDER = addressByOpenssl(SENDER_KEY);
export const SIGNER = addressByOpenssl(SIGNER_KEY);
const RECIPIENT = anAddress(0xaa);
export const MPE = anAddress(0xee);
export const GROUP = filled(32, 0x77);

/** A channel on nonce 5 with 1000 tokens that ends at block 100000; read at block 500. */
export const VIEW: ChannelView = {
  channelId: 42n,
  nonce: 5n,
  sender: SENDER,
  signer: SIGNER,
  recipient: RECIPIENT,
  groupId: GROUP,
  value: 1000n,
  expiration: 100_000n,
  block: 500n,
};

/** What is accepted: channels of that group and recipient, 100 blocks before their end at the latest. */
export const POLICY: PaymentPolicy = {
  mpe: MPE,
  paymentAddress: RECIPIENT,
  groupId: GROUP,
  expirationThreshold: 100n,
};

/** A payment on that channel, signed. */
export function aPayment(fields: Partial<Payment> = {}, key: Uint8Array = SIGNER_KEY): Payment {
  const payment = { channelId: 42n, nonce: 5n, amount: 30n, ...fields };
  return { signature: signMessage(paymentMessage(MPE, payment), key), ...payment };
}

/** The record of that channel: 20 tokens were paid on its nonce. */
export function aRecord(fields: Partial<ChannelRecord> = {}): ChannelRecord {
  const { channelId, nonce, sender, signer, recipient, groupId, value, expiration } = VIEW;
  const paid = { nonce, authorizedAmount: 20n, ...fields };
  const { nonce: of, authorizedAmount: amount } = paid;
  return {
    channelId,
    sender,
    signer,
    recipient,
    groupId,
    fullAmount: value,
    expiration,
    ...(amount === 0n ? {} : { signature: aPayment({ nonce: of, amount }).signature }),
    op: filled(16, 1),
    by: 3,
    schedule: 7,
    request: filled(32, 2),
    repeat: false,
    ...paid,
  };
}

/** The entry of a nonce that is over. */
export function anEnding(nonce: bigint, amount: bigint): EndedRecord {
  return { nonce, amount, signature: filled(65, 9), outcome: 'unknown', block: 400n };
}
