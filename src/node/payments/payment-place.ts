import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { ProvenderError } from '../../content/provender-error.ts';
import { type Address, parseEvmAddress } from '../../payments/address.ts';
import { PaymentKeys } from '../../payments/payment-keys.ts';
import { PaymentMarksStore } from '../../payments/paid-marks.ts';
import { parseSchedule, type PriceSchedule } from '../../payments/price-schedule.ts';
import { releaseOldLocks } from '../../payments/replica/release-old-locks.ts';
import type { StateStore } from '../../state/state-store.ts';
import { evmChainIdOf } from '../payment-settings.ts';
import type { NodeConfig } from '../settings.ts';
import type { StateStores } from '../state-stores.ts';

/** What has to be known of payments before the object store opens: who decides about staged data that was paid for. */
export interface PaymentPlace {
  readonly state: StateStore;
  readonly keys: PaymentKeys;
  readonly marks: PaymentMarksStore;
  readonly terms: PaymentTerms;
}

/** What a provider asks, checked. */
export interface PaymentTerms {
  readonly organization: string;
  /** 32 bytes. */
  readonly groupId: Uint8Array;
  readonly paymentAddress: Address;
  readonly mpe: Address;
  readonly evmChainId: bigint;
  readonly schedule: PriceSchedule;
  readonly allowedSigners?: ReadonlySet<Address>;
}

/**
 * Opens the state store and ends what an earlier process of this replica had begun: from here on none of its payments can be committed any more.
 * @throws ProvenderError `PROVENDER_CONFIG` for settings that do not fit, and what the state store throws
 */
export async function openPaymentPlace(config: NodeConfig, stores: StateStores): Promise<PaymentPlace> {
  const terms = await readTerms(config);
  const { paymentsNetwork: network = '' } = config;
  const keys = new PaymentKeys({ ...terms, network });
  const state = await stores.shared();
  await releaseOldLocks({ state, keys, replica: config.replicaId });
  return { state, keys, marks: new PaymentMarksStore({ state, keys }), terms };
}

/**
 * Reads what the settings say, and the file of prices where they name one.
 * @throws ProvenderError `PROVENDER_CONFIG`, `PROVENDER_INVALID` for what does not hold
 */
export async function readTerms(config: NodeConfig): Promise<PaymentTerms> {
  const { paymentsOrganization, paymentsGroupId, paymentsPaymentAddress, paymentsMpeAddress } = config;
  const { paymentsAllowedSigners, paymentsSchedule } = config;
  const evmChainId = evmChainIdOf(config);
  if (
    paymentsOrganization === undefined ||
    paymentsGroupId === undefined ||
    paymentsPaymentAddress === undefined ||
    paymentsMpeAddress === undefined ||
    evmChainId === undefined
  )
    throw new ProvenderError('PROVENDER_INTERNAL', 'payments without their settings, which were checked');
  return {
    organization: paymentsOrganization,
    groupId: new Uint8Array(Buffer.from(paymentsGroupId, 'base64')),
    paymentAddress: parseEvmAddress(paymentsPaymentAddress),
    mpe: parseEvmAddress(paymentsMpeAddress),
    evmChainId,
    schedule: parseSchedule(await scheduleOf(paymentsSchedule)),
    ...(paymentsAllowedSigners && { allowedSigners: new Set(paymentsAllowedSigners.map(parseEvmAddress)) }),
  };
}

/** The section itself, or what the file of that name holds. */
async function scheduleOf(setting: NodeConfig['paymentsSchedule']): Promise<unknown> {
  if (typeof setting !== 'string') return setting;
  try {
    return parse(await readFile(setting, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProvenderError('PROVENDER_CONFIG', `paymentsSchedule: ${reason}`, { cause: error });
  }
}
