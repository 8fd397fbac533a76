import type { Command } from 'commander';
import { type GlobalOptions, withNode, withoutNode } from '../command-context.ts';
import type { Output } from '../output.ts';
import { requiredKey } from '../payment-options.ts';
import { endedFields, endedText } from '../payments/channel-report.ts';
import { claimFields, claimLine } from '../payments/claim-fields.ts';
import { moneyExitCode } from '../payments/money-exit-codes.ts';
import { allEnded, storeOf } from '../payments/stored-channels.ts';
import { addPaymentStoreOptions } from '../setting-options.ts';
import { addClaimSettle } from './claim-settle.ts';
import { addClaimStart } from './claim-start.ts';

type ListOptions = { readonly inProgress?: boolean; readonly unclaimed?: boolean; readonly ended?: boolean };

/** `provender claim`: how a provider takes its money. */
export function addClaim(program: Command): void {
  const claim = program
    .command('claim')
    .description('Take what was paid on channels: start claims at the node, then settle them on the chain.')
    .addHelpText(
      'after',
      `
How a provider gets its money, with the key of the payment address:
  1. provender --key-file provider.key claim list
  2. provender --key-file provider.key claim start --all
  3. provender --key-file provider.key claim settle --all --rpc https://ethereum.example.org`,
    );
  addList(claim);
  addClaimStart(claim);
  addClaimSettle(claim);
}

function addList(claim: Command): void {
  const command = claim
    .command('list')
    .description('List what can be claimed and what is being claimed.')
    .option('--unclaimed', 'only channels that no claim was started for')
    .option('--in-progress', 'only claims that were started and are not over')
    .option(
      '--ended',
      'claims that are over, and amounts that were lost; reads the store (--data-dir, --etcd-endpoints)',
    )
    .addHelpText(
      'after',
      `
Examples:
  provender --key-file provider.key claim list
  provender --key-file provider.key --json claim list --unclaimed | jq -r .channel
  provender claim list --ended --data-dir /var/lib/provender`,
    );
  addPaymentStoreOptions(command).action(async (options: ListOptions, used: Command) => {
    if (options.ended === true) await withoutNode(used, (output) => listEnded(used, output), moneyExitCode);
    else await listAtNode(options, used);
  });
}

async function listAtNode({ unclaimed, inProgress }: ListOptions, command: Command): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const isAll = unclaimed !== true && inProgress !== true;
  await withNode(
    command,
    async ({ client, output, signal }) => {
      const { key } = await requiredKey(options, 'claim list');
      if (isAll || unclaimed === true)
        for (const payment of await client.payments.listUnclaimed(key, { signal }))
          output.result({ ...claimFields(payment), state: 'unclaimed' }, `${claimLine(payment)}  unclaimed`);
      if (isAll || inProgress === true)
        for (const payment of await client.payments.listInProgress(key, { signal }))
          output.result(
            { ...claimFields(payment), state: 'in progress' },
            `${claimLine(payment)}  in progress`,
          );
    },
    moneyExitCode,
  );
}

async function listEnded(command: Command, output: Output): Promise<void> {
  await using store = await storeOf(command);
  for (const group of store.groups)
    for await (const { id, record } of allEnded(group))
      output.result(endedFields(group, id, record), `channel ${String(id).padEnd(8)}  ${endedText(record)}`);
}
