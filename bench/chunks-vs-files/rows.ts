import { availableParallelism } from 'node:os';
import { BLOCK_SIZE } from '../../src/content/geometry.ts';
import { type Judgement, type Peer, toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import type { Rounds } from '../framework/rounds.ts';
import { cpuBound, LAYER } from '../support/layers.ts';
import { cpuOf } from '../support/measured-call.ts';
import { MB } from '../support/rate.ts';
import { caseOf, type DiskStore, PLAIN, plainVerb, STORES } from './cases.ts';
import { storeCpu } from './peers.ts';

/** Batched against one call per chunk; batched against files; SetFile and GetFile against the bound. */
const GOAL = { batch: 10, bytes: 0.5, bound: 0.85 } as const;
const CORES = availableParallelism();

type Direction = 'upload' | 'download';

/** Rows of one run. */
class Rows {
  readonly #rounds: Rounds;

  constructor(rounds: Rounds) {
    this.#rounds = rounds;
  }

  row(name: string, unit: string, judgement?: Judgement): Row {
    return toRow({ case: name, unit, values: this.#rounds.get(name) }, judgement);
  }

  peer(name: string): Peer {
    return { what: name, values: this.#rounds.get(name) };
  }

  plain(): Row[] {
    const chunkwise: readonly string[] = [PLAIN.levelEach, PLAIN.levelGroups, PLAIN.filesEach];
    const bytewise = [PLAIN.levelPages, PLAIN.filesLarge];
    return [
      ...[...chunkwise, ...bytewise].flatMap((name) =>
        (['write', 'read'] as const).map((verb) =>
          this.row(plainVerb[verb](name), chunkwise.includes(name) ? 'chunks/s' : 'MB/s'),
        ),
      ),
      this.row(LAYER.echo, 'chunks/s'),
      this.row(LAYER.upload, 'MB/s'),
      this.row(LAYER.download, 'MB/s'),
      this.row(LAYER.hash, 'MB/s'),
    ];
  }

  oneByOne(store: DiskStore): Row[] {
    const plain = store === 'level' ? PLAIN.levelEach : PLAIN.filesEach;
    const each = caseOf.readEach(store);
    return [
      this.row(caseOf.setEach(store), 'chunks/s', { peer: this.peer(plainVerb.write(plain)) }),
      this.row(each, 'chunks/s', { peer: this.peer(LAYER.echo) }),
      this.row(caseOf.readBatches(store), 'chunks/s', { peer: this.peer(each) }),
      this.row(caseOf.removeEach(store), 'chunks/s', { peer: this.peer(plainVerb.remove(plain)) }),
    ];
  }

  batched(store: DiskStore): Row[] {
    const against = (each: string): Judgement => ({ peer: this.peer(each), goal: GOAL.batch });
    const asBytes = (name: string, files: string, verb: string): Row => {
      const values = this.#rounds.get(name).map((chunksPerSecond) => (chunksPerSecond * BLOCK_SIZE) / MB);
      const peer = { what: `${files}, the same bytes`, values: this.#rounds.get(files) };
      return toRow(
        { case: `${store}: ${verb}, batched, bytes`, unit: 'MB/s', values },
        { peer, goal: GOAL.bytes },
      );
    };
    return [
      this.row(caseOf.setBatched(store), 'chunks/s', against(caseOf.setEach(store))),
      this.row(caseOf.readBatched(store), 'chunks/s', against(caseOf.readEach(store))),
      this.row(caseOf.removeBatched(store), 'chunks/s', against(caseOf.removeEach(store))),
      asBytes(caseOf.setBatched(store), caseOf.setFiles(store), 'set'),
      asBytes(caseOf.readBatched(store), caseOf.getFiles(store), 'read'),
    ];
  }

  /** Files against what the measured parts allow: all cores busy with nothing else, and the store's own speed. */
  files(store: DiskStore): Row[] {
    const judged = (direction: Direction, alone: string): Judgement => {
      const peer = this.#bound(direction, alone);
      return store === 'level' ? { peer, goal: GOAL.bound } : { peer };
    };
    return [
      this.row(caseOf.setFiles(store), 'MB/s', judged('upload', caseOf.storeWrite(store))),
      this.row(caseOf.getFiles(store), 'MB/s', judged('download', caseOf.storeRead(store))),
      this.row(caseOf.removeFiles(store), 'MB/s'),
    ];
  }

  /** Where the time of a file goes: CPU of node and client beside the sum of the parts. */
  parts(store: DiskStore): Row[] {
    const cost = (name: string, direction: Direction, alone: string): Row[] => {
      const sum = this.#rounds.combine(this.#costs(direction, alone), (...costs) =>
        costs.reduce((a, b) => a + b, 0),
      );
      const peer = { what: 'c_store + c_grpc + c_hash', values: sum };
      return [
        this.row(alone, 'MB/s'),
        this.row(storeCpu(alone), 'core-ms/MB'),
        this.row(cpuOf.both(name), 'core-ms/MB', { peer, better: 'lower' }),
        this.row(cpuOf.client(name), 'core-ms/MB'),
        this.row(cpuOf.serverLoop(name), 'core-ms/MB'),
        this.row(cpuOf.after(name), 'core-ms/MB'),
      ];
    };
    return [
      ...cost(caseOf.setFiles(store), 'upload', caseOf.storeWrite(store)),
      ...cost(caseOf.getFiles(store), 'download', caseOf.storeRead(store)),
    ];
  }

  layerCosts(): Row[] {
    return [cpuOf.both(LAYER.upload), cpuOf.both(LAYER.download), LAYER.hashCpu].map((name) =>
      this.row(name, 'core-ms/MB'),
    );
  }

  #costs(direction: Direction, alone: string): readonly string[] {
    return [storeCpu(alone), cpuOf.both(LAYER[direction]), LAYER.hashCpu];
  }

  #bound(direction: Direction, alone: string): Peer {
    const values = this.#rounds.combine([alone, ...this.#costs(direction, alone)], (wall = 0, ...costs) =>
      Math.min(wall, cpuBound(CORES, ...costs)),
    );
    const cpu = `${CORES} cores x 1000 / (c_store + c_grpc + c_hash)`;
    return { what: `the smaller of ${cpu} and the store alone`, values };
  }
}

/** All rows: peers, then each store chunk by chunk, batched and as files, then where the CPU goes. */
export function chunksVsFilesRows(rounds: Rounds): readonly Row[] {
  const rows = new Rows(rounds);
  return [
    ...rows.plain(),
    ...STORES.flatMap((store) => [...rows.oneByOne(store), ...rows.batched(store), ...rows.files(store)]),
    ...rows.layerCosts(),
    ...STORES.flatMap((store) => rows.parts(store)),
  ];
}
