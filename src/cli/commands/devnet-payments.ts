import { once } from 'node:events';
import { demonstrate } from '../devnet/paid/demonstration.ts';
import { keyFiles } from '../devnet/paid/found-paid-devnet.ts';
import { PaidDevnet } from '../devnet/paid/paid-devnet.ts';
import type { Interruption } from '../interruption.ts';
import type { Output } from '../output.ts';

/** How a devnet with payments is run. */
export interface PaidDevnetCommand {
  readonly dir: string;
  /** Two replicas over etcd instead of one node on its own. */
  readonly replicasEtcd: boolean;
  /** End after the demonstration. */
  readonly once: boolean;
}

/** Runs a provider that is paid on a chain of its own, shows how that goes, and stays until the user ends it. */
export async function runPaidDevnet(
  { dir, replicasEtcd, once: isOnce }: PaidDevnetCommand,
  { signal }: Interruption,
  output: Output,
): Promise<void> {
  const onStep = (step: string, text: string): void =>
    output.result({ step, text }, `${step.padEnd(14)}  ${text}`);
  const replicas = replicasEtcd ? 2 : 1;
  await using devnet = await PaidDevnet.open({ directory: dir, replicas, onStep });
  if (!signal.aborted) await demonstrate(devnet, onStep);
  output.result(facts(devnet), welcome(devnet));
  if (isOnce || signal.aborted) return;
  for (const { process } of devnet.replicas)
    void process.exited.then((how) => {
      if (!signal.aborted) output.remark(`${process.name} ended (${how})`);
    });
  await once(signal, 'abort');
  output.remark('ending all parts');
}

function facts({ founded, replicas, directory }: PaidDevnet): Readonly<Record<string, unknown>> {
  const { facts: found, anvil, provider, client } = founded;
  const { evmChainId, mpe, channelId, groupId } = found;
  return {
    rpc: anvil.url,
    evmChainId: String(evmChainId),
    escrow: mpe,
    groupId: Buffer.from(groupId).toString('base64'),
    channel: String(channelId),
    provider: provider.address,
    client: client.address,
    keyFiles: keyFiles(directory),
    nodes: replicas.map(({ address, httpAddress, process }) => ({ address, httpAddress, pid: process.pid })),
  };
}

/** Commands to paste. */
function welcome({ founded, replicas, directory }: PaidDevnet): string {
  const { facts: found, anvil } = founded;
  const keys = keyFiles(directory);
  const node = `npx provender --node ${replicas[0]?.address}`;
  const pay = `--channel ${found.channelId} --key-file ${keys.client}`;
  const provider = `${node} --key-file ${keys.provider}`;
  return `
Try in another terminal:
  ${node} price show
  ${node} ${pay} put README.md
  ${node} ${pay} --max-price 100 get ID -o copy.md
  ${node} --key-file ${keys.client} channel show ${found.channelId}
  ${provider} claim list
  ${provider} claim start --all
  ${provider} claim settle --all --rpc ${anvil.url}

Ctrl-C ends the devnet.`;
}
