import { setTimeout as sleep } from 'node:timers/promises';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Command, InvalidArgumentError } from 'commander';
import { compareBytes } from '../../content/object-id.ts';
import { isProvenderError, ProvenderError } from '../../content/provender-error.ts';
import { parseDuration } from '../../node/units.ts';
import type { RegisterNode } from '../../placement/registry/register-node.ts';
import type { NetworkNode, ProvenderClient } from '../../rpc/client/index.ts';
import { type CommandContext, withNode } from '../command-context.ts';
import { readRegistration } from '../network/registration-file.ts';
import { registrationFields } from '../network/registration-fields.ts';

/** Between two looks at the registry: a round comes every second, by the rules of most networks. */
const POLL_MS = 250;

interface JoinOptions {
  readonly wait: number;
}

/** `provender network join`: hands a registration to a network that runs, and waits until it is in a round. */
export function addNetworkJoin(network: Command): void {
  network
    .command('join')
    .description('Hand the registration of a node to a network that runs, and wait until it is listed.')
    .argument('<registration>', 'file of the node (provender network register)')
    .option('--wait <time>', 'how long to wait for a round that holds it', duration, 60_000)
    .addHelpText(
      'after',
      `
Goes to the node of --node, a primary or one that follows it. A node that is registered counts in the lottery one to two
epochs later, the time of that is up to the rounds. Handing in the same registration again changes nothing.

Examples:
  provender --node 10.0.0.1:7411 network join n9.reg
  provender --node 10.0.0.1:7411 network join n9.reg --wait 5m`,
    )
    .action(async (path: string, { wait }: JoinOptions, command: Command) => {
      await withNode(command, (context) => join(path, wait, context));
    });
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

async function join(path: string, waitMs: number, context: CommandContext): Promise<void> {
  const { client, output, signal } = context;
  const { record, registration } = await readRegistration(path);
  const facts = await client.network.facts({ signal });
  if (compareBytes(facts.networkId, registration.networkId) !== 0) {
    const cure = `make one with: provender network register --name ${facts.name}`;
    throw new ProvenderError('PROVENDER_INVALID', `${path}: is not for network ${facts.name}; ${cure}`);
  }
  const key = bytesToHex(registration.storerKey);
  const known = await listed(client, registration, signal);
  if (known === undefined) {
    await client.network.submit(record, { signal });
    output.remark('handed in, waiting for a round that holds it');
  }
  const node = known ?? (await untilListed(registration, waitMs, context));
  const fields = {
    ...registrationFields(registration),
    address: node.address,
    wasListed: known !== undefined,
  };
  output.result(fields, output.quiet ? key : `${key} is in ${facts.name}, at ${node.address}`);
  if (node.weight === 0n)
    output.remark('it has no weight yet: it counts in the lottery after this epoch and the next');
}

/** The node, when a round holds its registration. @throws ProvenderError `PROVENDER_CONFLICT` when its key stands for something else */
async function listed(
  client: ProvenderClient,
  { storerKey, vrfKey }: RegisterNode,
  signal: AbortSignal,
): Promise<NetworkNode | undefined> {
  try {
    const { node } = await client.network.node(storerKey, { signal });
    if (!node.retired && compareBytes(node.vrfKey, vrfKey) === 0) return node;
    const what = node.retired ? 'has retired for good' : 'is registered with another VRF key';
    throw new ProvenderError(
      'PROVENDER_CONFLICT',
      `node ${bytesToHex(storerKey)} ${what}; register with new keys: another --data-dir`,
    );
  } catch (error) {
    if (isProvenderError(error, 'PROVENDER_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function untilListed(
  registration: RegisterNode,
  waitMs: number,
  { client, signal }: CommandContext,
): Promise<NetworkNode> {
  const endsAt = performance.now() + waitMs;
  for (;;) {
    const node = await listed(client, registration, signal);
    if (node !== undefined) return node;
    if (performance.now() >= endsAt) {
      const text = `no round holds the registration after ${waitMs / 1000} s; it waits at the primary: look again with provender nodes, and whether rounds go on`;
      throw new ProvenderError('PROVENDER_TIMEOUT', text, { details: { waitMs } });
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}
