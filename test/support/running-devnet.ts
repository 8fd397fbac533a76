import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Devnet, type RunningNode } from '../../src/cli/devnet/devnet.ts';
import type { NetworkParameters } from '../../src/placement/registry/network-parameters.ts';
import { CLI_ARGS, type CliResult, jsonOf, runCli } from './node-process.ts';

/** A network of real processes with a folder for files of its users. */
export interface RunningDevnet extends AsyncDisposable {
  readonly devnet: Devnet;
  readonly primary: RunningNode;
  /** Path of a file for users. */
  file(name: string): string;
  /** Puts a file from several storers' point of view: the command, with its receipt beside the file. */
  put(name: string, replicas: number): Promise<CliResult>;
  /** Nodes that a receipt names. */
  holders(name: string): Promise<readonly RunningNode[]>;
}

/** Starts a network of real nodes, run from their sources. */
export async function runDevnet(
  storers: number,
  parameters: Partial<NetworkParameters> = {},
): Promise<RunningDevnet> {
  const folder = await mkdtemp(join(tmpdir(), 'provender-devnet-'));
  const file = (name: string): string => join(folder, name);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const devnet = await Devnet.open({ directory: file('net'), storers, program: CLI_ARGS, parameters }).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  const [primary] = devnet.nodes;
  if (primary === undefined) throw new Error('a network of no nodes');
  const atPrimary = { node: primary.address };
  return {
    devnet,
    primary,
    file,
    put: (name, replicas) =>
      runCli(
        ['--json', 'put', '--replicas', String(replicas), '--receipt', file(`${name}.receipt`), file(name)],
        atPrimary,
      ),
    async holders(name) {
      const verified = await runCli([
        '--json',
        'receipt',
        'verify',
        file(`${name}.receipt`),
        '--genesis',
        devnet.genesisFile,
      ]);
      const storers = new Set(jsonOf(verified).storers.map((one: { storer: string }) => one.storer));
      const listed = await runCli(['--json', 'nodes'], atPrimary);
      const rows = listed.stdout
        .toString()
        .trim()
        .split('\n')
        .map((line): { storer?: string; address?: string } => JSON.parse(line));
      const addresses = rows.filter(({ storer }) => storers.has(storer)).map(({ address }) => address);
      return devnet.nodes.filter(({ address }) => addresses.includes(address));
    },
    async [Symbol.asyncDispose]() {
      await devnet.close();
      await remove();
    },
  };
}
