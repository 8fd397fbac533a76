import { bytesToHex } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { ProvenderError } from '../../content/provender-error.ts';
import { writeDurably } from '../../node/durable-file.ts';
import { parseDuration, parseSize } from '../../node/units.ts';
import { formatGenesis, makeGenesis, type NetworkParameters } from '../../placement/registry/genesis.ts';
import { decodeRegisterNode } from '../../placement/registry/register-node.ts';
import { withoutNode } from '../command-context.ts';
import { localError } from '../local-error.ts';
import { genesisFields, genesisText } from '../network/genesis-fields.ts';
import { addressOf } from '../network/registration-fields.ts';
import { readRegistration } from '../network/registration-file.ts';
import type { Output } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

type InitOptions = {
  readonly name: string;
  readonly primary?: readonly string[];
  readonly output: string;
  readonly epochLength?: number;
  readonly roundInterval?: string;
  readonly valuation?: number;
  readonly tau?: readonly string[];
  readonly claimTime?: string;
  readonly commitTime?: string;
  readonly rate?: string;
  readonly regionCap: boolean;
};

const U32 = 0xffff_ffff;

/** `provender network init`: the genesis file of a network. */
export function addNetworkInit(network: Command): void {
  network
    .command('init')
    .description('Make the genesis file of a network from the registrations of its first nodes.')
    .argument('<registration...>', 'files of its founding nodes (provender network register)')
    .requiredOption('--name <name>', 'name of the network, as in the registrations')
    .option(
      '--primary <which>',
      'node that users put to: its place among the files, from 1, or its key; may come again (1)',
      collect,
    )
    .requiredOption('-o, --output <file>', 'where to write the genesis file')
    .option('--epoch-length <rounds>', 'rounds of an epoch (100)', wholeNumber(1, 1_000_000))
    .option('--round-interval <time>', 'least time between rounds (1s)')
    .option('--valuation <number>', 'by which capacities count, in 1/65536 (32768)', wholeNumber(1, U32))
    .option(
      '--tau <N=number>',
      'storers drawn for N replicas, in thousandths, such as 8=32500; may come again',
      collect,
    )
    .option('--claim-time <time>', 'time for claims (1s)')
    .option('--commit-time <time>', 'time from an assignment to its proof, besides that for the bytes (2s)')
    .option('--rate <size>', 'bytes per second that a storer has to fetch and encode (10MB)')
    .option('--no-region-cap', 'let one region hold more than half of the replicas')
    .addHelpText(
      'after',
      `
All nodes of the network start with this file. Replaces nothing that is there.

Examples:
  provender network init --name mynet n1.reg n2.reg n3.reg -o genesis.json
  provender network init --name mynet *.reg --primary 1 --primary 2 --tau 3=26700 --round-interval 500ms -o genesis.json`,
    )
    .action(async (paths: string[], options: InitOptions, command: Command) => {
      await withoutNode(command, (output) => init(paths, options, output));
    });
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function init(paths: readonly string[], options: InitOptions, output: Output): Promise<void> {
  const records: Uint8Array[] = [];
  for (const path of paths) records.push((await readRegistration(path)).record);
  const { primary = ['1'] } = options;
  const genesis = makeGenesis({
    name: options.name,
    unixMs: BigInt(Date.now()),
    records,
    primaries: primary.map((which) => primaryOf(which, records)),
    parameters: parametersOf(options),
  });
  await publish(options.output, formatGenesis(genesis));
  output.result({ ...genesisFields(genesis), file: options.output }, genesisText(genesis));
  output.remark(`start its nodes with: provender serve --network ${options.output}`);
}

async function publish(path: string, text: string): Promise<void> {
  try {
    await writeDurably(path, text, { mode: 0o644, exclusive: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw localError(path, error);
    const cure = 'a genesis file is never replaced, nodes may run on it; choose another name';
    throw new ProvenderError('PROVENDER_EXISTS', `${path}: is there; ${cure}`, { cause: error });
  }
}

/** The primary that a place among the nodes, or a key, names. */
function primaryOf(which: string, records: readonly Uint8Array[]) {
  const nodes = records.map(decodeRegisterNode);
  const node = /^\d{1,5}$/.test(which)
    ? nodes[Number(which) - 1]
    : nodes.find(({ storerKey }) => bytesToHex(storerKey) === which.toLowerCase());
  if (node !== undefined) return { storerKey: node.storerKey, address: addressOf(node) };
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `--primary ${which}: is neither a place from 1 to ${records.length} nor the key of one of the nodes`,
  );
}

function parametersOf(options: InitOptions): Partial<NetworkParameters> {
  const { epochLength, roundInterval, valuation, tau, claimTime, commitTime, rate, regionCap } = options;
  return {
    regionCap,
    ...(epochLength !== undefined && { epochLength }),
    ...(roundInterval !== undefined && { roundIntervalMs: parseDuration(roundInterval) }),
    ...(valuation !== undefined && { valuation }),
    ...(tau !== undefined && { tauNumerators: Object.fromEntries(tau.map(parseTau)) }),
    ...(claimTime !== undefined && { claimMs: parseDuration(claimTime) }),
    ...(commitTime !== undefined && { commitMs: parseDuration(commitTime) }),
    ...(rate !== undefined && { bytesPerSecond: parseSize(rate) }),
  };
}

function parseTau(text: string): [number, number] {
  const [, replicas, numerator] = /^(\d{1,2})=(\d{1,10})$/.exec(text) ?? [];
  if (replicas !== undefined && numerator !== undefined) return [Number(replicas), Number(numerator)];
  throw new ProvenderError('PROVENDER_INVALID', `--tau ${text}: write N=number, such as 8=32500`);
}
