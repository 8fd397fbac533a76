import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createTestClient, hexToBytes, http, pad, publicActions, toHex } from 'viem';
import { z } from 'zod';
import { EscrowCalls } from '../../../src/cli/devnet/evm/escrow-calls.ts';
import { EvmChainReader } from '../../../src/payments/chain/evm-chain-reader.ts';
import { keccak256 } from '../../../src/payments/keccak.ts';
import { signMessage } from '../../../src/payments/signatures.ts';
import { paymentMessage } from '../../../src/payments/signed-messages.ts';
import { parseUint256, uint256Bytes } from '../../../src/payments/uint256.ts';
import { claimable } from '../../../src/payments/transaction/claimable.ts';
import { parseEvmAddress } from '../../../src/payments/address.ts';
import { type Evm, startEvm } from '../../support/evm.ts';

const hex = z.templateLiteral(['0x', z.string()]);
const vectors = z
  .object({
    claims: z.array(
      z.object({
        id: z.string(),
        mpe_address: z.string().transform((text) => parseEvmAddress(text)),
        channel_id: z.string().transform((text) => parseUint256(text, 'channel id')),
        nonce: z.string().transform((text) => parseUint256(text, 'nonce')),
        amount: z.string().transform((text) => parseUint256(text, 'amount')),
        signature: hex.transform((text) => hexToBytes(text)),
        expect: z.object({ recovered: z.string().transform((text) => parseEvmAddress(text)) }),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../vectors/payment-signatures.json', import.meta.url), 'utf8')));
type Vector = (typeof vectors.claims)[number];

let evm: Evm;
before(async () => {
  evm = await startEvm();
});
after(() => evm.close());

/** Puts the contract where the vector has it, with the channel that the vector is of: nobody but anvil can. */
async function place(vector: Vector): Promise<EscrowCalls> {
  const { mpe_address: mpe, channel_id: channelId, nonce, amount, expect } = vector;
  const anvil = createTestClient({ mode: 'anvil', transport: http(evm.url) }).extend(publicActions);
  const bytecode = await anvil.getCode({ address: evm.escrow.mpe });
  assert.ok(bytecode !== undefined);
  await anvil.setCode({ address: mpe, bytecode });
  // `channels` is the first variable of the contract: a mapping at slot 0, seven slots for each channel.
  const first = BigInt(toHex(keccak256(Buffer.concat([uint256Bytes(channelId), uint256Bytes(0n)]))));
  const { address: recipient } = evm.provider;
  const words = [
    nonce,
    BigInt(expect.recovered),
    BigInt(expect.recovered),
    BigInt(recipient),
    7n,
    amount,
    1n,
  ];
  for (const [i, word] of words.entries()) {
    const index = toHex(first + BigInt(i), { size: 32 });
    await anvil.setStorageAt({ address: mpe, index, value: pad(toHex(word)) });
  }
  // Behind `balances` comes `nextChannelId`.
  const index = toHex(2n, { size: 32 });
  await anvil.setStorageAt({ address: mpe, index, value: pad(toHex(channelId + 1n)) });
  return new EscrowCalls(evm.url, { ...evm.escrow, mpe });
}

for (const vector of vectors.claims) {
  test(`${vector.id}: the contract takes the signature with v 27 or 28, also of an expired channel, and refuses v 0 and 1`, async () => {
    const { mpe_address: mpe, channel_id: channelId, nonce, amount, signature } = vector;
    const calls = await place(vector);
    await using chain = await EvmChainReader.open({
      endpoints: [evm.url],
      mpe,
      evmChainId: evm.escrow.evmChainId,
    });
    assert.equal((await chain.read(channelId))?.nonce, nonce);
    const raw = signature.slice();
    raw[64] = (raw[64] ?? 0) % 27;
    const refused = { code: 'PROVENDER_CHANNEL', message: /Invalid signature/ };
    await assert.rejects(calls.claim(evm.provider, { channelId, amount, signature: raw }), refused);
    const before = await calls.balance(evm.provider.address);
    await calls.claim(evm.provider, { channelId, amount, signature: claimable(signature) });
    assert.equal((await calls.balance(evm.provider.address)) - before, amount);
    assert.equal((await chain.read(channelId))?.nonce, nonce + 1n);
    const ending = await chain.ending(channelId, nonce);
    assert.equal(ending.is === 'paid' && ending.amount, amount);
  });
}

test('what our wallet signs, the contract takes as it stands; with a high s too; for one nonce and amount only', async () => {
  const { mpe } = evm.escrow;
  const channelId = await evm.open({ value: 100n });
  const sign = (nonce: bigint, amount: bigint): Uint8Array =>
    signMessage(paymentMessage(mpe, { channelId, nonce, amount }), evm.client.privateKey);
  const refused = { code: 'PROVENDER_CHANNEL', message: /Invalid signature/ };
  await assert.rejects(
    evm.calls.claim(evm.provider, { channelId, amount: 5n, signature: sign(1n, 5n) }),
    refused,
  );
  await assert.rejects(
    evm.calls.claim(evm.provider, { channelId, amount: 6n, signature: sign(0n, 5n) }),
    refused,
  );
  await evm.calls.claim(evm.provider, { channelId, amount: 5n, signature: sign(0n, 5n) });
  await assert.rejects(
    evm.calls.claim(evm.provider, { channelId, amount: 5n, signature: sign(0n, 5n) }),
    refused,
  );
  await evm.calls.claim(evm.provider, { channelId, amount: 9n, signature: withHighS(sign(1n, 9n)) });
  const tooMuch = { code: 'PROVENDER_CHANNEL', message: /Insufficient channel amount/ };
  await assert.rejects(
    evm.calls.claim(evm.provider, { channelId, amount: 87n, signature: sign(2n, 87n) }),
    tooMuch,
  );
  const other = { code: 'PROVENDER_CHANNEL', message: /Invalid recipient/ };
  await assert.rejects(
    evm.calls.claim(evm.client, { channelId, amount: 1n, signature: sign(2n, 1n) }),
    other,
  );
});

/** n - s with the other v is a signature of the same message. */
function withHighS(signature: Uint8Array): Uint8Array {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const high = signature.slice();
  high.set(uint256Bytes(order - BigInt(toHex(signature.subarray(32, 64)))), 32);
  high[64] = 55 - (signature[64] ?? 0);
  return high;
}
