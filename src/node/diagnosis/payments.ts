import { PaymentKeys } from '../../payments/payment-keys.ts';
import { type PaymentTerms, readTerms } from '../payments/payment-place.ts';
import type { NodeConfig } from '../settings.ts';
import { openEtcd } from '../state-stores.ts';
import { type Finding, failed } from './finding.ts';

/** Checks prices, chain, contract and the state store that replicas share, as a start would. A node whose calls cost nothing has nothing of it. */
export async function* payments(config: NodeConfig): AsyncGenerator<Finding> {
  if (config.paymentsMode === 'off') return;
  let terms: PaymentTerms;
  try {
    terms = await readTerms(config);
  } catch (error) {
    yield failed('payments', error);
    return;
  }
  const { organization, paymentAddress, schedule } = terms;
  const found = `${organization}, prices of version ${schedule.version}, paid to ${paymentAddress}`;
  yield { check: 'payments', state: 'good', found };
  yield await chain(config, terms);
  if (config.stateStore === 'etcd') yield await etcd(config, terms);
}

async function chain({ paymentsRpc = [] }: NodeConfig, { mpe, evmChainId }: PaymentTerms): Promise<Finding> {
  const check = 'chain';
  try {
    // loaded here: the other checks, which every node has, need nothing of a blockchain
    const { EvmChainReader } = await import('../../payments/chain/evm-chain-reader.ts');
    await using reader = await EvmChainReader.open({ endpoints: paymentsRpc, mpe, evmChainId });
    const found = `chain ${evmChainId} at block ${reader.currentBlock()}, escrow ${mpe}`;
    return { check, state: 'good', found };
  } catch (error) {
    const cure =
      'See that an endpoint of paymentsRpc answers, that it is of this chain, and that the escrow is there.';
    return { ...failed(check, error), cure };
  }
}

async function etcd(config: NodeConfig, terms: PaymentTerms): Promise<Finding> {
  const check = 'state store';
  try {
    await using store = await openEtcd(config);
    const keys = new PaymentKeys({ ...terms, network: config.paymentsNetwork ?? '' });
    const { length } = (await store.range(keys.lives)).records;
    const found = `etcd answers, ${length === 1 ? '1 replica is' : `${length} replicas are`} running`;
    return { check, state: 'good', found };
  } catch (error) {
    return failed(check, error);
  }
}
