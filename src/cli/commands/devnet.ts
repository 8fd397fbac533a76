import { once } from 'node:events';
import type { Command } from 'commander';
import { withoutNode } from '../command-context.ts';
import { Devnet, type RunningNode } from '../devnet/devnet.ts';
import { Interruption } from '../interruption.ts';
import type { Output } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

const MOST_STORERS = 64;

interface DevnetCommandOptions {
  readonly storers: number;
  readonly replicas: number;
  readonly dir: string;
  readonly payments?: boolean;
  readonly replicasEtcd?: boolean;
  readonly once?: boolean;
}

/** `provender devnet`: a whole network on this machine until SIGTERM or SIGINT. */
export function addDevnet(program: Command): void {
  program
    .command('devnet')
    .description('Run a whole network on this machine: real nodes on loopback, the first one its primary.')
    .option('--storers <n>', `nodes, 1 to ${MOST_STORERS}`, wholeNumber(1, MOST_STORERS), 12)
    .option('--replicas <n>', 'storers of each file in the commands to try, 1 to 16', wholeNumber(1, 16), 8)
    .option('--dir <dir>', 'directory of the network; one that is there goes on', './provender-devnet')
    .option('--payments', 'instead: a node that is paid, on a chain of its own with contract and channel')
    .option(
      '--replicas-etcd',
      'with --payments: two replicas that share their channels in an etcd, if that is installed',
    )
    .option('--once', 'with --payments: end after the demonstration')
    .addHelpText(
      'after',
      `
Each node is a process of its own with keys, data and a log below the directory. Ctrl-C ends all of them in order;
the same command goes on with the same network. All storers draw: with so few of them the lottery selects everybody.
With --payments calls are paid and a claim is settled before your eyes; anvil is the chain, and its tokens are worth nothing.

Examples:
  provender devnet
  provender devnet --payments --dir ./provender-paid
  provender devnet --storers 5 --replicas 3 --dir /tmp/devnet
  provender --json devnet | head -1 | jq .genesis`,
    )
    .action(async (options: DevnetCommandOptions, command: Command) => {
      checkTogether(options, command);
      await withoutNode(command, (output) => run(options, output));
    });
}

/** A paid devnet is no network of storers, and its options mean nothing to one. */
function checkTogether(
  { payments, replicasEtcd, once: isOnce }: DevnetCommandOptions,
  command: Command,
): void {
  const given = ['storers', 'replicas'].find((name) => command.getOptionValueSource(name) === 'cli');
  if (payments === true && given !== undefined) command.error(`error: --${given} is not for --payments`);
  if (payments !== true && (replicasEtcd === true || isOnce === true))
    command.error('error: --replicas-etcd and --once are for --payments');
}

async function run(options: DevnetCommandOptions, output: Output): Promise<void> {
  using interruption = new Interruption();
  const { storers, replicas, dir, payments, replicasEtcd = false, once: isOnce = false } = options;
  if (payments === true) {
    // loaded here: other commands need no client of a chain
    const { runPaidDevnet } = await import('./devnet-payments.ts');
    await runPaidDevnet({ dir, replicasEtcd, once: isOnce }, interruption, output);
    return;
  }
  const { signal } = interruption;
  let ready = 0;
  const onReady = ({ name }: RunningNode): void =>
    output.remark(`${name} is ready (${++ready} of ${storers})`);
  await using devnet = await Devnet.open({ directory: dir, storers, onReady, signal });
  for (const node of devnet.nodes) void tellEnd(node, { output, signal });
  output.result(facts(devnet), welcome(devnet, Math.min(replicas, storers)));
  if (!signal.aborted) await once(signal, 'abort');
  output.remark('ending all nodes');
}

/** A node that ends before it is told to is news, but no reason to end the others. */
async function tellEnd(
  { name, process }: RunningNode,
  { output, signal }: { output: Output; signal: AbortSignal },
): Promise<void> {
  const how = await process.exited;
  if (!signal.aborted) output.remark(`${name} ended (${how})`);
}

function facts({ genesisFile, nodes }: Devnet): Readonly<Record<string, unknown>> {
  return {
    genesis: genesisFile,
    nodes: nodes.map(({ name, address, httpAddress, isPrimary, dataDir, process }) => ({
      name,
      address,
      httpAddress,
      isPrimary,
      dataDir,
      pid: process.pid,
    })),
  };
}

/** What runs where, and commands to paste. */
function welcome({ genesisFile, nodes, isKnown }: Devnet, replicas: number): string {
  const rows = nodes.map(
    ({ name, address, httpAddress, isPrimary, process }) =>
      `  ${name}  ${address.padEnd(15)}  http://${httpAddress}/metrics  pid ${process.pid}${isPrimary ? '  primary' : ''}`,
  );
  const provender = `npx provender --node ${nodes.find(({ isPrimary }) => isPrimary)?.address}`;
  const holder = nodes.at(-1)?.process.pid;
  return `
${isKnown ? 'The network goes on' : 'A new network runs'}: ${genesisFile}
${rows.join('\n')}

Try in another terminal:
  ${provender} put --replicas ${replicas} --receipt r.bin README.md
  npx provender receipt verify r.bin --genesis ${genesisFile}
  ${provender} placement explain ID
  ${provender} nodes
  kill -9 ${holder}
  ${provender} get --receipt r.bin -o copy.md ID

Ctrl-C ends the network.`;
}
