import { randomBytes } from 'node:crypto';
import { createTestClient } from 'viem';
import type { Address } from '../../../payments/address.ts';
import { addressOfKey, PRIVATE_KEY_SIZE } from '../../../payments/signatures.ts';
import { evmTransport } from './evm-transport.ts';

/** Who signs on a local chain. */
export interface EvmAccount {
  readonly address: Address;
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
}

/** Pays for a great many transactions. */
const COINS = 10n ** 21n;

/** Makes an account with a new random key, or with a given one, and gives it coins for its transactions. Needs the RPC of a local chain. */
export async function makeEvmAccount(url: string, privateKey = freshKey()): Promise<EvmAccount> {
  const address = addressOfKey(privateKey);
  await createTestClient({ mode: 'anvil', transport: evmTransport(url) }).setBalance({
    address,
    value: COINS,
  });
  return { address, privateKey };
}

function freshKey(): Uint8Array {
  return new Uint8Array(randomBytes(PRIVATE_KEY_SIZE));
}
