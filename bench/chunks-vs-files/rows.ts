import { availableParallelism } from 'node:os';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { type Judgement, type Peer, toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import type { Rounds } from '../framework/rounds.ts';
import { cpuBound, LAYER } from '../support/layers.ts';
import { cpuOf } from '../support/measured-call.ts';
import { MB } from '../support/rate.ts';
import { caseOf, type ComparedStore, PLAIN, plainVerb, RADOS_BENCH } from './cases.ts';
import { storeCpu } from './peers.ts';
import { radosBenchRows, radosFileRows, radosPartRows } from './rados-rows.ts';
import { type Direction, GOAL, RowMaker } from './row-maker.ts';

const CORES = availableParallelism();

type Embedded = Exclude<ComparedStore, 'rados'>;

/** What writes, reads and removes single chunks without anything of Provender. */
const PLAIN_CHUNKS = { level: PLAIN.levelEach, files: PLAIN.filesEach, rados: RADOS_BENCH.each } as const;

/** Rows of one run. */
class Rows {
  readonly #make: RowMaker;

  constructor(make: RowMaker) {
    this.#make = make;
  }

  plain(): Row[] {
    const make = this.#make;
    const chunkwise: readonly string[] = [PLAIN.levelEach, PLAIN.levelGroups, PLAIN.filesEach];
    const bytewise = [PLAIN.levelPages, PLAIN.filesLarge];
    return [
      ...[...chunkwise, ...bytewise].flatMap((name) =>
        (['write', 'read'] as const).map((verb) =>
          make.row(plainVerb[verb](name), chunkwise.includes(name) ? 'chunks/s' : 'MB/s'),
        ),
      ),
      make.row(LAYER.echo, 'chunks/s'),
      make.row(LAYER.upload, 'MB/s'),
      make.row(LAYER.download, 'MB/s'),
      make.row(LAYER.hash, 'MB/s'),
    ];
  }

  oneByOne(store: ComparedStore): Row[] {
    const make = this.#make;
    const plain = PLAIN_CHUNKS[store];
    const each = caseOf.readEach(store);
    // rados bench has no removal to compare with.
    const removal = store === 'rados' ? undefined : { peer: make.peer(plainVerb.remove(plain)) };
    return [
      make.row(caseOf.setEach(store), 'chunks/s', { peer: make.peer(plainVerb.write(plain)) }),
      make.row(each, 'chunks/s', { peer: make.peer(LAYER.echo) }),
      make.row(caseOf.readBatches(store), 'chunks/s', { peer: make.peer(each) }),
      make.row(caseOf.removeEach(store), 'chunks/s', removal),
    ];
  }

  batched(store: ComparedStore): Row[] {
    const make = this.#make;
    const against = (each: string): Judgement => ({ peer: make.peer(each), goal: GOAL.batch });
    const asBytes = (name: string, files: string, verb: string): Row => {
      const values = make.values(name).map((chunksPerSecond) => (chunksPerSecond * BLOCK_SIZE) / MB);
      const peer = { what: `${files}, the same bytes`, values: make.values(files) };
      return toRow(
        { case: `${store}: ${verb}, batched, bytes`, unit: 'MB/s', values },
        { peer, goal: GOAL.bytes },
      );
    };
    return [
      make.row(caseOf.setBatched(store), 'chunks/s', against(caseOf.setEach(store))),
      make.row(caseOf.readBatched(store), 'chunks/s', against(caseOf.readEach(store))),
      make.row(caseOf.removeBatched(store), 'chunks/s', against(caseOf.removeEach(store))),
      asBytes(caseOf.setBatched(store), caseOf.setFiles(store), 'set'),
      asBytes(caseOf.readBatched(store), caseOf.getFiles(store), 'read'),
    ];
  }

  /** Files against what the measured parts allow: all cores busy with nothing else, and the store's own speed. */
  files(store: ComparedStore): Row[] {
    if (store === 'rados') return radosFileRows(this.#make, CORES);
    const judged = (direction: Direction, alone: string): Judgement => {
      const peer = this.#bound(direction, alone);
      return store === 'level' ? { peer, goal: GOAL.bound } : { peer };
    };
    return [
      this.#make.row(caseOf.setFiles(store), 'MB/s', judged('upload', caseOf.storeWrite(store))),
      this.#make.row(caseOf.getFiles(store), 'MB/s', judged('download', caseOf.storeRead(store))),
      this.#make.row(caseOf.removeFiles(store), 'MB/s'),
    ];
  }

  /** Where the time of a file goes: CPU of node and client beside the sum of the parts. */
  parts(store: Embedded): Row[] {
    const make = this.#make;
    const cost = (name: string, direction: Direction, alone: string): Row[] => [
      make.row(alone, 'MB/s'),
      make.row(storeCpu(alone), 'core-ms/MB'),
      make.row(cpuOf.both(name), 'core-ms/MB', {
        peer: make.sum('c_store + c_grpc + c_hash', costs(direction, alone)),
        better: 'lower',
      }),
      make.row(cpuOf.client(name), 'core-ms/MB'),
      make.row(cpuOf.serverLoop(name), 'core-ms/MB'),
      make.row(cpuOf.after(name), 'core-ms/MB'),
    ];
    return [
      ...cost(caseOf.setFiles(store), 'upload', caseOf.storeWrite(store)),
      ...cost(caseOf.getFiles(store), 'download', caseOf.storeRead(store)),
    ];
  }

  layerCosts(): Row[] {
    return [cpuOf.both(LAYER.upload), cpuOf.both(LAYER.download), LAYER.hashCpu].map((name) =>
      this.#make.row(name, 'core-ms/MB'),
    );
  }

  #bound(direction: Direction, alone: string): Peer {
    const cpu = `${CORES} cores x 1000 / (c_store + c_grpc + c_hash)`;
    return this.#make.combined(
      `the smaller of ${cpu} and the store alone`,
      [alone, ...costs(direction, alone)],
      (wall = 0, ...parts) => Math.min(wall, cpuBound(CORES, ...parts)),
    );
  }
}

/** CPU of the store alone, of bare gRPC and of the tree. */
function costs(direction: Direction, alone: string): readonly string[] {
  return [storeCpu(alone), cpuOf.both(LAYER[direction]), LAYER.hashCpu];
}

/** All rows: peers, then each store chunk by chunk, batched and as files, then where the CPU goes. */
export function chunksVsFilesRows(rounds: Rounds, stores: readonly ComparedStore[]): readonly Row[] {
  const make = new RowMaker(rounds);
  const rows = new Rows(make);
  return [
    ...rows.plain(),
    ...(stores.includes('rados') ? radosBenchRows(make) : []),
    ...stores.flatMap((store) => [...rows.oneByOne(store), ...rows.batched(store), ...rows.files(store)]),
    ...rows.layerCosts(),
    ...stores.flatMap((store) => (store === 'rados' ? radosPartRows(make) : rows.parts(store))),
  ];
}
