import { addressOfKey } from '../../src/payments/signatures.ts';
import { ChannelWallet, type ChannelWalletOptions, type ClientOptions } from '../../src/rpc/client/index.ts';
import type { ServerOptions } from '../../src/rpc/server.ts';
import { PaymentLedger } from './payment-ledger.ts';
import { openRpcNode, type RpcNode } from './rpc-node.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { scriptedServices } from './scripted-payments.ts';

/** Key of whoever pays in these tests. */
const PAYER_KEY = new Uint8Array(32).fill(0x51);
const PAYER = addressOfKey(PAYER_KEY);
export const CHANNEL_ID = 42n;
export const MPE = '0x00000000000000000000000000000000000000cc';

/** A node that takes payments into a ledger of the test, and a wallet for it. */
export interface PayingNode extends AsyncDisposable {
  readonly node: RpcNode;
  readonly ledger: PaymentLedger;
  readonly scratch: Scratch;
  readonly wallet: ChannelWallet;
}

/** A wallet of the test's payer. */
export function openWallet(
  directory: string,
  options: Partial<Omit<ChannelWalletOptions, 'directory'>> = {},
): ChannelWallet {
  const key = { address: PAYER, privateKey: PAYER_KEY };
  return new ChannelWallet({ key, directory, channelId: CHANNEL_ID, ...options });
}

/** Serves a service in memory against payment; the node's client pays. */
export async function openPayingNode(
  options: {
    readonly wallet?: Partial<ChannelWalletOptions>;
    readonly client?: ClientOptions;
    readonly payments?: Partial<NonNullable<ServerOptions['payments']>>;
  } = {},
): Promise<PayingNode> {
  const scratch = await openScratch();
  const ledger = new PaymentLedger(MPE, PAYER);
  const wallet = openWallet(scratch.path, options.wallet);
  const payments = scriptedServices(ledger, { states: ledger, ...options.payments });
  const node = await openRpcNode({ payments }, { ...options.client, payments: wallet });
  const dispose = async (): Promise<void> => {
    await node[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  };
  return { node, ledger, scratch, wallet, [Symbol.asyncDispose]: dispose };
}
