import { stringify } from 'yaml';
import { checksumAddress } from '../../../payments/address.ts';
import type { Address } from '../../../payments/address.ts';
import { EXAMPLE_PRICES } from '../../payments/example-prices.ts';
import type { PaidFacts } from './paid-facts.ts';

/** The settings file that all replicas of a devnet start with. */
export function paidSettings(facts: PaidFacts, provider: Address): string {
  const { evmChainId, chainPort, groupId, mpe, etcdPorts } = facts;
  return stringify({
    ...(etcdPorts && { stateStore: 'etcd', etcdEndpoints: [`127.0.0.1:${etcdPorts[0]}`] }),
    payments: {
      mode: 'mpe',
      network: 'devnet',
      evmChainId: Number(evmChainId),
      rpc: [`http://127.0.0.1:${chainPort}`],
      organization: 'devnet',
      groupId: Buffer.from(groupId).toString('base64'),
      paymentAddress: checksumAddress(provider),
      mpeAddress: checksumAddress(mpe),
      schedule: EXAMPLE_PRICES,
    },
  });
}
