import { createTestClient } from 'viem';
import { type Anvil, startAnvil } from '../../src/cli/devnet/evm/anvil.ts';
import { type DeployedEscrow, deployEscrow } from '../../src/cli/devnet/evm/deploy-escrow.ts';
import { EscrowCalls, type NewChannel } from '../../src/cli/devnet/evm/escrow-calls.ts';
import { type EvmAccount, makeEvmAccount } from '../../src/cli/devnet/evm/evm-account.ts';
import { evmTransport } from '../../src/cli/devnet/evm/evm-transport.ts';

/** A real chain with the real contract. The client has a deposit; every transaction makes a block. */
export interface Evm extends AsyncDisposable {
  /** Ends the chain. Idempotent. */
  close(): Promise<void>;
  readonly url: string;
  readonly anvil: Anvil;
  readonly escrow: DeployedEscrow;
  readonly deployer: EvmAccount;
  readonly provider: EvmAccount;
  readonly client: EvmAccount;
  readonly calls: EscrowCalls;
  /** 32 bytes, of the group that `open` opens channels to. */
  readonly groupId: Uint8Array;
  /** Opens a channel from the client to the provider: 1,000 tokens for 100,000 blocks, unless told otherwise. */
  open(channel?: Partial<NewChannel>): Promise<bigint>;
  /** An account with coins and a deposit of a million. */
  account(): Promise<EvmAccount>;
  /** Keeps the chain as it is; what is called later takes it back there, as a reorganisation does. */
  fork(): Promise<() => Promise<void>>;
}

const DEPOSIT = 1_000_000n;
const VALUE = 1_000n;
const BLOCKS = 100_000n;

/** Starts anvil on a free port and deploys token and escrow. */
export async function startEvm(options: { evmChainId?: bigint; port?: number } = {}): Promise<Evm> {
  const anvil = await startAnvil(options);
  try {
    return await prepare(anvil);
  } catch (error) {
    await anvil.close();
    throw error;
  }
}

async function prepare(anvil: Anvil): Promise<Evm> {
  const { url } = anvil;
  const escrow = await deployEscrow(url);
  const { deployer, provider, client } = escrow.accounts;
  const calls = new EscrowCalls(url, escrow);
  const groupId = new Uint8Array(32).fill(0x67);
  const fund = async (account: EvmAccount): Promise<EvmAccount> => {
    await calls.mint(deployer, account.address, DEPOSIT);
    await calls.approve(account, DEPOSIT);
    await calls.deposit(account, DEPOSIT);
    return account;
  };
  const open = async (channel: Partial<NewChannel> = {}): Promise<bigint> => {
    const expiration = (await calls.blockNumber()) + BLOCKS;
    return await calls.openChannel(client, {
      recipient: provider.address,
      groupId,
      value: VALUE,
      expiration,
      ...channel,
    });
  };
  const fork = async (): Promise<() => Promise<void>> => {
    const test = createTestClient({ mode: 'anvil', transport: evmTransport(url) });
    const id = await test.snapshot();
    return () => test.revert({ id });
  };
  await fund(client);
  const account = async (): Promise<EvmAccount> => await fund(await makeEvmAccount(url));
  const parts = { url, anvil, escrow, deployer, provider, client, calls, groupId };
  const close = (): Promise<void> => anvil.close();
  return { ...parts, open, account, fork, close, [Symbol.asyncDispose]: close };
}
