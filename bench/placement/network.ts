import { availableParallelism } from 'node:os';
import type { Child } from '../framework/child.ts';
import { Rounds } from '../framework/rounds.ts';
import { median } from '../framework/statistics.ts';
import type { PlacedFile } from '../support/network-client-process.ts';
import { NetworkUnderLoad } from '../support/network-under-load.ts';
import { MB } from '../support/rate.ts';
import type { ReplicaCommands } from '../support/replica-process.ts';
import { caseOf, DEAD, ENCODING, type Load, loadsOf, networkRows, readingOf } from './network-rows.ts';
import type { NetworkSizes, OpenPlacementSection, PlacementStep } from './section.ts';

const ENCODER = new URL('../support/replica-process.ts', import.meta.url);
/** Of the profile of files whose sender asks for none: cat-2. */
const PASSES = 2;
const LANES = 4;
/** Blocks of the objects that are encoded alone. */
const ENCODED_BLOCKS = 4096;
/** Part of the time of a measurement that is enough here: the bandwidth of each path is measured besides. */
const ENCODING_PART = 1 / 5;
/** No content comes twice: a file that is placed is not placed again. */
const SEEDS_OF_A_ROUND = 1000;
const SEEDS_OF_A_LOAD = 100;

/** A network with what is measured of it. */
interface Measured {
  readonly network: NetworkUnderLoad;
  readonly sizes: NetworkSizes;
  readonly rounds: Rounds;
  /** Large files that this round has placed. */
  readonly placed: PlacedFile[];
  /** Why files were not placed. */
  readonly failures: string[];
}

/** What the cores could do if they did nothing but encode. */
async function measureEncoding(
  encoder: Child<ReplicaCommands>,
  rounds: Rounds,
  minMs: number,
): Promise<void> {
  const one = await encoder.call('encode', { passes: PASSES, lanes: 1, minMs });
  const many = await encoder.call('encode', { passes: PASSES, lanes: LANES, minMs });
  rounds.add(ENCODING.one, one.value);
  rounds.add(ENCODING.many, many.value);
}

async function measureLoad(
  { network, sizes, rounds, placed, failures }: Measured,
  load: Load,
  seed: number,
): Promise<void> {
  const { client, primary: address } = network;
  const { count, sizeBytes } = load;
  await client.call('prepare', { seed, count, sizeBytes });
  const { result, cost } = await network.measure(() =>
    client.call('place', { address, replicas: sizes.replicas }),
  );
  const names = caseOf(load, sizes);
  rounds.add(names.whole, result.ms / 1000);
  rounds.add(names.placed, result.files.length);
  failures.push(...result.failures);
  rounds.add(names.median, median(result.eachMs) / 1000);
  rounds.add(names.cpu, cost.cpuMs / 1000 / count);
  rounds.add(names.fetched, cost.fetchedBytes / MB);
  rounds.add(names.connections, cost.mostConnections);
  if (sizeBytes === sizes.largeBytes) placed.push(...result.files);
}

/** A file that the primary does not hold itself, where there is one, and its holders without the primary. */
function fileToRead({ network: { primary }, placed }: Measured): {
  file: PlacedFile;
  others: readonly string[];
} {
  const file = placed.find(({ holders }) => !holders.includes(primary)) ?? placed[0];
  if (file === undefined) throw new Error('nothing was placed');
  return { file, others: file.holders.filter((holder) => holder !== primary) };
}

/** Kills holders until so many are dead, reads at once, and then once more with every byte checked at this end too. */
async function measureReading(measured: Measured, dead: number, killed: number): Promise<void> {
  const { network, sizes, rounds } = measured;
  const { client, primary } = network;
  const { file, others } = fileToRead(measured);
  for (const holder of others.slice(killed, dead)) await network.kill(holder);
  const alive = others[dead] ?? primary;
  const rate = (ms: number): number => file.sizeBytes / MB / (ms / 1000);
  const { id } = file;
  const read = await client.call('read', { address: primary, id, isHeldHere: false, verify: false });
  const alone = await client.call('read', { address: alive, id, isHeldHere: true, verify: false });
  const names = readingOf(dead, sizes);
  rounds.add(names.name, rate(read));
  rounds.add(names.alone, rate(alone));
  await client.call('read', { address: primary, id, isHeldHere: false, verify: true });
}

function stepsOf(measured: Measured, round: number): readonly PlacementStep[] {
  const { network, sizes, placed } = measured;
  const loads = loadsOf(sizes).map((load, i) => ({
    name: `${caseOf(load, sizes).name}, round ${round + 1}`,
    run: () => measureLoad(measured, load, (round + 1) * SEEDS_OF_A_ROUND + i * SEEDS_OF_A_LOAD),
  }));
  const readings = DEAD.map((dead, i) => ({
    name: `${readingOf(dead, sizes).name}, round ${round + 1}`,
    run: () => measureReading(measured, dead, DEAD[i - 1] ?? 0),
  }));
  const restart = {
    name: 'nodes that were killed start again',
    run: async (): Promise<void> => {
      await network.restart();
      placed.length = 0;
    },
  };
  return [...loads, ...readings, ...(round + 1 < sizes.rounds ? [restart] : [])];
}

/** Whole placements: a network of real nodes on this machine, and a client that places files and reads them. */
export const openNetwork: OpenPlacementSection = async ({ workspace }, { minMs, network: sizes }) => {
  const encoder = await workspace.start<ReplicaCommands>('encoding alone', ENCODER);
  await encoder.call('prepare', { blocks: ENCODED_BLOCKS });
  const network = await NetworkUnderLoad.start(workspace, sizes.storers);
  const failures: string[] = [];
  const measured = { network, sizes, rounds: new Rounds(), placed: [], failures };
  const warmUp = { ...measured, rounds: new Rounds() };
  await measureLoad(warmUp, { count: 1, sizeBytes: sizes.smallBytes }, 1);
  const cores = availableParallelism();
  const conditions = {
    networkRounds: sizes.rounds,
    storers: sizes.storers,
    replicas: sizes.replicas,
    largeFileBytes: sizes.largeBytes,
    smallFileBytes: sizes.smallBytes,
    networkSettings: network.settings,
    networkCores: `${cores} for all nodes and the client`,
  };
  return {
    rounds: sizes.rounds,
    get conditions() {
      return {
        ...conditions,
        ...(failures[0] !== undefined && { firstFailedPlacement: failures[0] }),
      };
    },
    steps: (round) => [
      {
        name: `encoding alone, round ${round + 1}`,
        run: () => measureEncoding(encoder, measured.rounds, minMs * ENCODING_PART),
      },
      ...stepsOf(measured, round),
    ],
    rows: () => networkRows(measured.rounds, sizes, cores),
    stop: async () => {
      await encoder.kill();
      await network.stop();
    },
  };
};
