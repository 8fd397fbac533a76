import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { unlock } from '../../payments/inspection.ts';
import { parseUint256 } from '../../payments/uint256.ts';
import type { StatedChannel } from '../../rpc/client/index.ts';
import { type GlobalOptions, withNode, withoutNode } from '../command-context.ts';
import type { Output } from '../output.ts';
import { requiredKey } from '../payment-options.ts';
import {
  channelFields,
  channelLine,
  channelText,
  endedFields,
  lockFields,
  lockText,
} from '../payments/channel-report.ts';
import { claimFields, claimLine } from '../payments/claim-fields.ts';
import { moneyExitCode } from '../payments/money-exit-codes.ts';
import { allChannels, findChannel, hasUpstreamRecords, storeOf } from '../payments/stored-channels.ts';
import { addPaymentStoreOptions, namesPaymentStore } from '../setting-options.ts';

/** `provender channel`: what was paid on channels, and who has them. */
export function addChannel(program: Command): void {
  const channel = program
    .command('channel')
    .description('Look at payment channels: at a node, or in its state store, and free one that is stuck.')
    .addHelpText(
      'after',
      `
A running node is asked (--node, with --key-file). With --data-dir, --etcd-endpoints or --config the store itself is read; an
embedded store belongs to its node while that runs.
Exit codes: 0 done, 1 partly, 2 wrong use, 3 refused, 4 not reachable.`,
    );
  addList(channel);
  addShow(channel);
  addUnlock(channel);
}

function addList(channel: Command): void {
  const command = channel
    .command('list')
    .description('List channels with what was paid on them; of a node those with something to claim.')
    .option('--locked', 'only those that a call has; needs the store')
    .addHelpText(
      'after',
      `
Examples:
  provender --key-file provider.key channel list
  provender channel list --state-store etcd --etcd-endpoints 10.0.0.1:2379 --locked
  provender --json channel list --data-dir /var/lib/provender | jq -r .amount`,
    );
  addPaymentStoreOptions(command).action(async (options: { locked?: boolean }, used: Command) => {
    if (namesPaymentStore(used) || options.locked === true)
      await withoutNode(used, (output) => listStored(used, options.locked === true, output), moneyExitCode);
    else await listAtNode(used);
  });
}

async function listStored(command: Command, isLockedOnly: boolean, output: Output): Promise<void> {
  await using store = await storeOf(command);
  let count = 0;
  for (const group of store.groups) {
    for (const [id, stored] of await allChannels(group)) {
      if (isLockedOnly && stored.lock === undefined) continue;
      count++;
      output.result(channelFields(group, id, stored), channelLine(id, stored));
    }
  }
  output.remark(`channels: ${count}, payment groups: ${store.groups.length}`);
  if (await hasUpstreamRecords(store.state))
    output.remark(
      'the store also holds channels of a SingularityNET daemon, which are not read: claim all of them there before you move over',
    );
}

async function listAtNode(command: Command): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  await withNode(
    command,
    async ({ client, output, signal }) => {
      const { key } = await requiredKey(options, 'channel list at a node');
      for (const payment of await client.payments.listUnclaimed(key, { signal }))
        output.result({ ...claimFields(payment), state: 'unclaimed' }, claimLine(payment));
      for (const payment of await client.payments.listInProgress(key, { signal }))
        output.result(
          { ...claimFields(payment), state: 'in progress' },
          `${claimLine(payment)}  in progress`,
        );
    },
    moneyExitCode,
  );
}

function addShow(channel: Command): void {
  const command = channel
    .command('show')
    .description('Print all that is known of a channel.')
    .argument('<id>', 'channel')
    .addHelpText(
      'after',
      `
Examples:
  provender --key-file payer.key channel show 42
  provender channel show 42 --data-dir /var/lib/provender`,
    );
  addPaymentStoreOptions(command).action(async (text: string, _options: unknown, used: Command) => {
    if (namesPaymentStore(used))
      await withoutNode(used, (output) => showStored(used, text, output), moneyExitCode);
    else await showAtNode(used, text);
  });
}

async function showStored(command: Command, text: string, output: Output): Promise<void> {
  const id = parseUint256(text, 'channel');
  await using store = await storeOf(command);
  for (const { group, stored, ended } of await findChannel(store.groups, id)) {
    const fields = {
      ...channelFields(group, id, stored),
      ended: ended.map((one) => endedFields(group, id, one)),
    };
    output.result(fields, channelText(group, id, stored, ended));
  }
}

async function showAtNode(command: Command, text: string): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  await withNode(
    command,
    async ({ client, output, signal }) => {
      const id = parseUint256(text, 'channel');
      const { key } = await requiredKey(options, 'channel show at a node');
      const stated = await client.payments.channelState(id, key, { signal });
      output.result(statedFields(id, stated), statedText(id, stated));
    },
    moneyExitCode,
  );
}

function statedFields(id: bigint, { nonce, amount, old }: StatedChannel): Record<string, unknown> {
  return {
    channel: String(id),
    nonce: String(nonce),
    amount: String(amount),
    ...(old && { claim: { nonce: String(nonce - 1n), amount: String(old.amount) } }),
  };
}

function statedText(id: bigint, { nonce, amount, old }: StatedChannel): string {
  const lines = [`channel   ${id}`, `nonce     ${nonce}`, `paid      ${amount}`];
  if (old !== undefined) lines.push(`claim     ${old.amount} on nonce ${nonce - 1n}`);
  return lines.join('\n');
}

function addUnlock(channel: Command): void {
  const command = channel
    .command('unlock')
    .description(
      'Delete the lock of a channel. Locks end by themselves: this is for a store that says otherwise.',
    )
    .argument('<id>', 'channel')
    .option('--force', 'also while its holder is alive: the call fails unpaid, no money is lost')
    .addHelpText(
      'after',
      `
Shows holder and age first, and deletes that lock and no later one.

Examples:
  provender channel unlock 42 --state-store etcd --etcd-endpoints 10.0.0.1:2379`,
    );
  addPaymentStoreOptions(command).action(
    async (text: string, options: { force?: boolean }, used: Command) => {
      await withoutNode(
        used,
        (output) => unlockStored(used, text, options.force === true, output),
        moneyExitCode,
      );
    },
  );
}

async function unlockStored(
  command: Command,
  text: string,
  isForced: boolean,
  output: Output,
): Promise<void> {
  const id = parseUint256(text, 'channel');
  await using store = await storeOf(command);
  const locked = (await findChannel(store.groups, id)).flatMap(({ group, stored: { lock } }) =>
    lock === undefined ? [] : [{ group, lock }],
  );
  if (locked.length === 0) {
    output.result({ channel: String(id), unlocked: false }, `channel ${id} is not locked`);
    return;
  }
  for (const { group, lock } of locked) {
    output.remark(`channel ${id}: ${lockText(lock)}`);
    if (lock.isHolderAlive && !isForced)
      throw new ProvenderError(
        'PROVENDER_CHANNEL_BUSY',
        `channel ${id}: replica ${lock.replica} is alive and has it for ${lock.method}: wait, or give --force`,
      );
    const unlocked = await unlock(group, lock);
    const fields = { channel: String(id), unlocked, lock: lockFields(lock) };
    output.result(fields, unlocked ? `channel ${id} unlocked` : `channel ${id}: that lock is gone already`);
  }
}
