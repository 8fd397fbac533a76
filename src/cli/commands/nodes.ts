import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import type { NetworkEpoch, NetworkNode } from '../../rpc/client/index.ts';
import { type CommandContext, withNode } from '../command-context.ts';

/** `provender nodes`: the registered nodes of the network that a node belongs to. */
export function addNodes(program: Command): void {
  program
    .command('nodes')
    .description(
      'List the nodes of the network, as the node of --node has it: key, address, GiB, share of the weight, region.',
    )
    .addHelpText(
      'after',
      `
A node counts in the lottery by its share of the weight of the current epoch; one without waits for an epoch, or has retired.

Examples:
  provender nodes
  provender --json nodes | jq -r 'select(.weight > 0) | .address'
  provender --quiet nodes`,
    )
    .action(async (_options: unknown, command: Command) => {
      await withNode(command, list);
    });
}

async function list({ client, output, signal }: CommandContext): Promise<void> {
  const facts = await client.network.facts({ signal });
  let count = 0;
  for await (const { nodes, epoch } of client.network.nodes({ signal })) {
    count += nodes.length;
    for (const node of nodes) {
      const key = bytesToHex(node.storerKey);
      output.result(fields(node, epoch), output.quiet ? key : line(node, epoch));
    }
  }
  const { name, head, epoch, fault } = facts;
  output.remark(`${count} nodes of ${name}, round ${head.number}, epoch ${epoch.epoch}`);
  if (fault !== undefined) output.remark(`nothing may be built on the log of this node: ${fault}`);
}

function fields(node: NetworkNode, { epoch }: NetworkEpoch): Record<string, unknown> {
  return {
    storer: bytesToHex(node.storerKey),
    address: node.address,
    capacityGiB: node.capacityGiB,
    weight: Number(node.weight),
    region: node.region,
    operator: bytesToHex(node.operatorId),
    vrfKey: bytesToHex(node.vrfKey),
    retired: node.retired,
    epoch: Number(epoch),
  };
}

function line(node: NetworkNode, { totalWeight }: NetworkEpoch): string {
  const { storerKey, address, capacityGiB, weight, region, retired } = node;
  const share = totalWeight === 0n ? 0 : Number((weight * 10_000n) / totalWeight) / 100;
  const capacity = `${capacityGiB} GiB`.padStart(10);
  const columns = [bytesToHex(storerKey), address.padEnd(21), capacity, `${share.toFixed(2)} %`.padStart(8)];
  return [...columns, `region ${region}`, ...(retired ? ['retired'] : [])].join('  ');
}
