import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { ProvenderError } from '../../content/provender-error.ts';
import { writeDurably } from '../../node/durable-file.ts';
import { checksumAddress, parseEvmAddress } from '../../payments/address.ts';
import { GROUP_ID_SIZE, PaymentKeys } from '../../payments/payment-keys.ts';
import { type GlobalOptions, withoutNode } from '../command-context.ts';
import { localError } from '../local-error.ts';
import type { Output } from '../output.ts';
import { mpeOf } from '../payment-options.ts';
import { EXAMPLE_PRICES } from '../payments/example-prices.ts';
import { moneyExitCode } from '../payments/money-exit-codes.ts';
import { wholeNumber } from '../whole-number.ts';

type InitOptions = {
  readonly organization: string;
  readonly paymentAddress: string;
  readonly network: string;
  readonly evmChainId?: number;
  readonly rpc: readonly string[];
  readonly output?: string;
};

/** `provender payments`: how a provider begins. */
export function addPayments(program: Command): void {
  const payments = program.command('payments').description('Set a node up to be paid for its calls.');
  payments
    .command('init')
    .description(
      'Make a payment group, and write the section of the settings file that takes payments for it.',
    )
    .requiredOption('--organization <name>', 'name of the organization that is paid')
    .requiredOption('--payment-address <address>', 'who receives what is paid, 0x and 40 hex digits')
    .requiredOption('--network <name>', 'blockchain: main, sepolia, or a name of your own')
    .requiredOption('--rpc <url>', 'Ethereum node to ask; may come again', collect)
    .option('--evm-chain-id <n>', 'of a network of your own', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('-o, --output <file>', 'where to write it; else it is printed')
    .addHelpText(
      'after',
      `
Takes the escrow contract from --mpe. The group id is new and random: all replicas of a provider have the same one, and channels
are opened for it. The prices are examples, in the smallest unit of the token; a changed price needs a new version.

Examples:
  provender --mpe 0x7E0aF8988DF45B824b2E0e0A87c6196897744970 payments init --organization my-org \\
    --payment-address 0xF627CE8635cdC34b2f619FDDb4E4b61308D6BD68 --network sepolia \\
    --rpc https://ethereum.example.org -o payments.yaml`,
    )
    .action(async (options: InitOptions, command: Command) => {
      await withoutNode(
        command,
        (output) => init(options, command.optsWithGlobals<GlobalOptions>(), output),
        moneyExitCode,
      );
    });
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function init(options: InitOptions, given: GlobalOptions, output: Output): Promise<void> {
  const { organization, paymentAddress, network, evmChainId, rpc } = options;
  const mpe = mpeOf(given);
  if (mpe === undefined)
    throw new ProvenderError(
      'PROVENDER_INVALID',
      'name the escrow contract with --mpe: it decides who is paid',
    );
  const groupId = randomBytes(GROUP_ID_SIZE);
  // the names become parts of keys
  const { root } = new PaymentKeys({ network, organization, groupId, mpe });
  const settings = {
    mode: 'mpe',
    network,
    ...(evmChainId !== undefined && { evmChainId }),
    rpc,
    organization,
    groupId: groupId.toString('base64'),
    paymentAddress: checksumAddress(parseEvmAddress(paymentAddress)),
    mpeAddress: checksumAddress(mpe),
    schedule: EXAMPLE_PRICES,
  };
  const text = stringify({ payments: settings });
  if (options.output === undefined) {
    output.result({ settings, root }, text.trimEnd());
    return;
  }
  await publish(options.output, text);
  output.result({ settings, root, file: options.output }, options.output);
  output.remark(`set your prices in it, then: provender serve --config ${options.output}`);
}

async function publish(path: string, text: string): Promise<void> {
  try {
    await writeDurably(path, text, { mode: 0o644, exclusive: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw localError(path, error);
    const cure = 'channels may be open for its group; choose another name';
    throw new ProvenderError('PROVENDER_EXISTS', `${path}: is there; ${cure}`, { cause: error });
  }
}
