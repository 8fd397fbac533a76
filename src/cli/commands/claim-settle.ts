import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { EvmChainReader } from '../../payments/chain/evm-chain-reader.ts';
import type { ClaimTransaction } from '../../payments/claims/settle/claim-sender.ts';
import { EvmClaimSender } from '../../payments/claims/settle/evm-claim-sender.ts';
import { settleClaims, type Settlement } from '../../payments/claims/settle/settle-claims.ts';
import { parseUint256 } from '../../payments/uint256.ts';
import type { ClaimablePayment, SigningKey } from '../../rpc/client/index.ts';
import { type CommandContext, type GlobalOptions, withNode } from '../command-context.ts';
import type { Output } from '../output.ts';
import { mpeOf, requiredKey } from '../payment-options.ts';
import { MONEY_EXIT, moneyExitCode } from '../payments/money-exit-codes.ts';
import { StepProgress } from '../payments/step-progress.ts';
import { wholeNumber } from '../whole-number.ts';

type SettleOptions = {
  readonly all?: boolean;
  readonly rpc?: string;
  readonly dryRun?: boolean;
  readonly printTx?: boolean;
  readonly confirmations: number;
};

/** `provender claim settle`: sends what was started to the contract. */
export function addClaimSettle(claim: Command): void {
  claim
    .command('settle')
    .description('Send started claims to the escrow contract, and wait until they are confirmed.')
    .argument('[id...]', 'channels')
    .option('--all', 'all claims that were started and are not over')
    .requiredOption('--rpc <url>', 'Ethereum node to send by')
    .option('--dry-run', 'send nothing: say what would be sent, and whether the contract would take it')
    .option('--print-tx', 'print each transaction before it is sent')
    .option('--confirmations <n>', 'blocks that each transaction has to be deep', wholeNumber(1, 1000), 1)
    .addHelpText(
      'after',
      `
Needs the key of the payment address, --key-file, with coins for the transactions. Can be run again at any time: what the chain
has passed is not sent again. The contract is the node's; name it with --mpe to have it checked.
Exit codes: 0 all settled, 1 some of them, 2 wrong use, 3 refused by node or contract, 4 not reachable.

Examples:
  provender --key-file provider.key claim settle --all --rpc https://ethereum.example.org --dry-run
  provender --key-file provider.key claim settle 1 7 --rpc https://ethereum.example.org --confirmations 3`,
    )
    .action(async (ids: string[], options: SettleOptions, command: Command) => {
      const given = command.optsWithGlobals<GlobalOptions>();
      await withNode(
        command,
        async (context) => {
          const { key } = await requiredKey(given, 'claim settle');
          await settle(ids, { ...options, ...given }, { ...context, key });
        },
        moneyExitCode,
      );
    });
}

type KeyedContext = CommandContext & { readonly key: SigningKey };

async function settle(
  ids: readonly string[],
  options: SettleOptions & GlobalOptions,
  context: KeyedContext,
): Promise<void> {
  const { client, key, output, signal, progressStyle } = context;
  const { rpc = '', dryRun = false, printTx = false, confirmations } = options;
  const { mpe, evmChainId } = await client.payments.terms({ signal });
  const pinned = mpeOf(options);
  if (pinned !== undefined && pinned !== mpe)
    throw new ProvenderError('PROVENDER_CONFIG', `--mpe ${pinned}: the node's contract is ${mpe}`);
  const claims = chosenClaims(ids, options, await client.payments.listInProgress(key, { signal }));
  if (claims.length === 0) {
    output.remark('no claim has been started: see claim start');
    return;
  }
  await using chain = await EvmChainReader.open({ endpoints: [rpc], mpe, evmChainId });
  const { privateKey } = key;
  const sender = await EvmClaimSender.open({ endpoint: rpc, mpe, evmChainId, privateKey });
  using progress = new StepProgress(progressStyle, 'settling', claims.length);
  const settlements: Settlement[] = [];
  const onTransaction = (_claim: unknown, transaction: ClaimTransaction): void => {
    if (printTx) output.result({ transaction: transactionFields(transaction) }, transactionText(transaction));
  };
  const settling = { claims, chain, sender, confirmations, isDryRun: dryRun, onTransaction };
  for await (const settlement of settleClaims(settling)) {
    tell(settlement, output);
    settlements.push(settlement);
    progress.step();
    signal.throwIfAborted(); // what was sent is waited for; the rest is for the next run
  }
  const failed = settlements.filter(({ is }) => is === 'failed').length;
  if (failed === 0) return;
  process.exitCode = failed === settlements.length ? MONEY_EXIT.refused : MONEY_EXIT.partly;
}

function chosenClaims(
  ids: readonly string[],
  { all }: SettleOptions,
  claims: readonly ClaimablePayment[],
): readonly ClaimablePayment[] {
  if (ids.length > 0 === (all === true))
    throw new ProvenderError('PROVENDER_INVALID', 'claim settle: name channels, or give --all');
  if (all === true) return claims;
  const wanted = new Set(ids.map((text) => parseUint256(text, 'channel')));
  const known = new Set(claims.map(({ channelId }) => channelId));
  const unknown = [...wanted].find((id) => !known.has(id));
  if (unknown !== undefined)
    throw new ProvenderError(
      'PROVENDER_NOT_FOUND',
      `channel ${unknown}: no claim has been started and is open; see claim start`,
    );
  return claims.filter(({ channelId }) => wanted.has(channelId));
}

/** `data` is a name that is masked in all output, since elsewhere it stands for content. */
function transactionFields({ from, to, data: input }: ClaimTransaction): Record<string, unknown> {
  return { from, to, input };
}

function transactionText({ from, to, data }: ClaimTransaction): string {
  return `from ${from}\nto   ${to}\ndata ${data}`;
}

function tell(settlement: Settlement, output: Output): void {
  const { channelId, nonce, amount, is } = settlement;
  const fields = { channel: String(channelId), nonce: String(nonce), amount: String(amount), outcome: is };
  const line = `channel ${channelId}  nonce ${nonce}  signed ${amount}  `;
  switch (settlement.is) {
    case 'paid': {
      const { claimed, transaction, block } = settlement;
      const facts = { claimed: String(claimed), transaction, block: String(block) };
      output.result({ ...fields, ...facts }, `${line}paid ${claimed} in block ${block}  ${transaction}`);
      return;
    }
    case 'planned': {
      const { claimed, transaction } = settlement;
      const facts = { claimed: String(claimed), transaction: transactionFields(transaction) };
      output.result({ ...fields, ...facts }, `${line}would be paid ${claimed}`);
      return;
    }
    case 'over':
      output.result(fields, `${line}is over on the chain: nothing was sent`);
      return;
    case 'failed':
      output.result({ ...fields, reason: settlement.reason }, `${line}failed: ${settlement.reason}`);
  }
}
