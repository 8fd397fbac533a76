import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ProvenderError } from '../../content/provender-error.ts';
import { parseEvmAddress } from '../../payments/address.ts';
import type { PaymentStore } from '../../payments/inspection.ts';
import { PaymentKeys, type PaymentScope } from '../../payments/payment-keys.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { NodeConfig } from '../settings.ts';
import { openStateStore } from '../state-stores.ts';

/** The payments of one group, as they lie in a state store. */
export interface PaymentGroup extends PaymentStore {
  readonly scope: PaymentScope;
}

/** Payments in a state store that no node of this process serves. */
export interface OpenedPaymentStore extends AsyncDisposable {
  readonly state: StateStore;
  /** The one that the settings name, else all that are there. */
  readonly groups: readonly PaymentGroup[];
}

/**
 * Opens the state store of the settings to look at payments. An embedded one belongs to its node while that runs.
 * @throws ProvenderError `PROVENDER_CONFIG` when there is none, or a node has it; what the store throws
 */
export async function openPaymentStore(config: NodeConfig): Promise<OpenedPaymentStore> {
  const dataDir = resolve(config.dataDir);
  if (config.stateStore === 'level') await refuseMissing(join(dataDir, 'state'));
  const state = await openStateStore(config, dataDir);
  const close = (): Promise<void> => state.close();
  try {
    const named = namedScope(config);
    const scopes = named === undefined ? await findScopes(state) : [named];
    const groups = scopes.map((scope) => ({ scope, state, keys: new PaymentKeys(scope) }));
    return { state, groups, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function refuseMissing(directory: string): Promise<void> {
  try {
    await access(directory);
  } catch (error) {
    const cure = 'name the data directory of a node with --data-dir, or the members of its etcd';
    throw new ProvenderError('PROVENDER_CONFIG', `${directory}: no state store there; ${cure}`, {
      cause: error,
    });
  }
}

function namedScope(config: NodeConfig): PaymentScope | undefined {
  const { paymentsNetwork, paymentsOrganization, paymentsGroupId, paymentsMpeAddress } = config;
  const given = [paymentsNetwork, paymentsOrganization, paymentsGroupId, paymentsMpeAddress];
  if (given.every((value) => value === undefined)) return undefined;
  if (
    paymentsNetwork === undefined ||
    paymentsOrganization === undefined ||
    paymentsGroupId === undefined ||
    paymentsMpeAddress === undefined
  )
    throw new ProvenderError(
      'PROVENDER_CONFIG',
      'a payment group is named by its network, organization, group id and contract: give all four, or none to see all groups',
    );
  return {
    network: paymentsNetwork,
    organization: paymentsOrganization,
    groupId: new Uint8Array(Buffer.from(paymentsGroupId, 'base64')),
    mpe: parseEvmAddress(paymentsMpeAddress),
  };
}

const ALL = 'provender/v1/';
/** Behind every character of a key. */
const BEHIND = '~';

/** Steps from group to group: one read for each, however many channels it has. */
async function findScopes(state: StateStore): Promise<PaymentScope[]> {
  const scopes: PaymentScope[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await state.range(ALL, { limit: 1, ...(cursor !== undefined && { cursor }) });
    const [record] = page.records;
    if (record === undefined) return scopes;
    const [network = '', organization = '', group = '', mpe = ''] = record.key.slice(ALL.length).split('/');
    const groupId = new Uint8Array(Buffer.from(group, 'base64url'));
    scopes.push({ network, organization, groupId, mpe: parseEvmAddress(`0x${mpe}`) });
    cursor = `${ALL}${network}/${organization}/${group}/${mpe}/${BEHIND}`;
  }
}
