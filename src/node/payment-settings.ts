import { z } from 'zod';
import { count, duration, listOf, text } from './setting-types.ts';

/** Part of keys of the state store: no slash may come in. @see payment-channels.md, section 14, (3) */
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const GROUP_ID_SIZE = 32;

const name = text.regex(NAME, 'has 1 to 64 letters, digits, ".", "_" and "-"');
const evmAddress = text.regex(ADDRESS, 'is no address: 0x and 40 hex digits');

const rpcUrl = text.refine(
  (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
  'is no http or https URL',
);

const groupId = text.refine(
  (value) => /^[A-Za-z0-9+/]{43}=$/.test(value) && Buffer.from(value, 'base64').length === GROUP_ID_SIZE,
  'is not the base64 of 32 bytes; make one with: provender payments init',
);

/** Settings of paid calls. In the file they stand in a section `payments:` without the first word: `payments.mode` is `paymentsMode`. */
export const PAYMENT_SETTINGS = {
  paymentsMode: z
    .enum(['off', 'mpe'], 'known modes are off and mpe')
    .prefault('off')
    .describe(
      '`off`: calls cost nothing. `mpe`: they are paid through channels of the Multi-Party Escrow contract.',
    ),
  paymentsNetwork: name
    .optional()
    .describe('Name of the blockchain, part of the keys of channels: `main`, `sepolia` or one of your own.'),
  paymentsEvmChainId: count(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(
      'Chain id that every endpoint has to have. Default: that of `main` (1) and `sepolia` (11155111).',
    ),
  paymentsRpc: listOf(rpcUrl, 8)
    .optional()
    .describe('URLs of Ethereum nodes, asked in this order; a list, or separated by commas.'),
  paymentsOrganization: name.optional().describe('Name of the organization, part of the keys of channels.'),
  paymentsGroupId: groupId
    .optional()
    .describe('Payment group, base64 of 32 bytes: channels of another group are refused.'),
  paymentsPaymentAddress: evmAddress.optional().describe('Recipient of every channel that is accepted.'),
  paymentsMpeAddress: evmAddress.optional().describe('Address of the escrow contract.'),
  paymentsExpirationThreshold: count(0, 100_000_000)
    .prefault(40_320)
    .describe('Blocks before the expiration of a channel from which on it is not accepted any more.'),
  paymentsConfirmations: count(0, 1000)
    .prefault(0)
    .describe('Blocks behind the latest one at which channels are read; 2 survives small reorganisations.'),
  paymentsFinalityBlocks: count(1, 100_000)
    .prefault(64)
    .describe('Blocks for which an ended nonce of a channel is looked at again.'),
  paymentsMaxViewAge: duration(86_400_000, 1000)
    .prefault('600s')
    .describe('Time that what the chain said of a channel may decide calls.'),
  paymentsMaxBlockAge: duration(3_600_000, 1000)
    .prefault('60s')
    .describe('Time that the latest block may decide calls when the chain does not answer.'),
  paymentsLockTtlSeconds: count(2, 3600)
    .prefault(10)
    .describe('Seconds after which the locks of a replica that is gone are free.'),
  paymentsSchedule: z
    .union([text, z.record(z.string(), z.unknown())], 'is neither a file nor a section of prices')
    .optional()
    .describe('Prices: a section of the file, or the name of a YAML file that holds it.'),
  paymentsAllowedSigners: listOf(evmAddress, 1000)
    .optional()
    .describe('Addresses whose signatures are accepted, no others; a list, or separated by commas.'),
};

/** What mode `mpe` cannot do without. */
const NEEDED = [
  'paymentsNetwork',
  'paymentsRpc',
  'paymentsOrganization',
  'paymentsGroupId',
  'paymentsPaymentAddress',
  'paymentsMpeAddress',
  'paymentsSchedule',
] as const;

/** Chains whose id everybody knows. */
const EVM_CHAIN_IDS: Readonly<Record<string, bigint>> = { main: 1n, sepolia: 11_155_111n };

interface PaymentConfig {
  readonly paymentsMode: 'off' | 'mpe';
  readonly paymentsNetwork?: string | undefined;
  readonly paymentsEvmChainId?: number | undefined;
}

/** What is wrong between settings that are right by themselves. */
export interface PaymentContradiction {
  readonly setting: keyof typeof PAYMENT_SETTINGS;
  readonly message: string;
}

/** Checks the settings together: nothing that decides money has a default. */
export function paymentContradiction(
  config: PaymentConfig & Readonly<Partial<Record<(typeof NEEDED)[number], unknown>>>,
): PaymentContradiction | undefined {
  if (config.paymentsMode === 'off') return undefined;
  const missing = NEEDED.find((setting) => config[setting] === undefined);
  if (missing !== undefined)
    return {
      setting: missing,
      message: 'is needed with payments.mode mpe; see: provender payments init',
    };
  if (evmChainIdOf(config) === undefined)
    return {
      setting: 'paymentsEvmChainId',
      message: `is needed for network ${config.paymentsNetwork ?? ''}; known are ${Object.keys(EVM_CHAIN_IDS).join(', ')}`,
    };
  return undefined;
}

/** The chain id that endpoints have to have; `undefined` for a network that is not known and names none. */
export function evmChainIdOf({ paymentsNetwork, paymentsEvmChainId }: PaymentConfig): bigint | undefined {
  if (paymentsEvmChainId !== undefined) return BigInt(paymentsEvmChainId);
  return EVM_CHAIN_IDS[paymentsNetwork ?? ''];
}
