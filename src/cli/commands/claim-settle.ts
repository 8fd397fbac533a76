import type { Command } from 'commander';
import { type GlobalOptions, withNode } from '../command-context.ts';
import { requiredKey } from '../payment-options.ts';
import { moneyExitCode } from '../payments/money-exit-codes.ts';
import type { SettleOptions } from '../payments/settle-started-claims.ts';
import { wholeNumber } from '../whole-number.ts';

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
          // loaded here: other commands need no client of a chain
          const { settleStartedClaims } = await import('../payments/settle-started-claims.ts');
          await settleStartedClaims(ids, { ...given, ...options }, { ...context, key });
        },
        moneyExitCode,
      );
    });
}
