import type { Peer } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import { cpuBound, LAYER } from '../support/layers.ts';
import { cpuOf } from '../support/measured-call.ts';
import { caseOf, plainVerb, RADOS_BENCH } from './cases.ts';
import { storeCpu } from './peers.ts';
import { radosBenchCpu } from './rados-bench-peer.ts';
import { type Direction, GOAL, type RowMaker } from './row-maker.ts';

/** One way of a file on RADOS: the case, the store without gRPC and hashes, and bare objects of the same size as stripes. */
interface Way {
  readonly name: string;
  readonly direction: Direction;
  readonly alone: string;
  readonly bare: string;
}

const WAYS: readonly Way[] = [
  {
    name: caseOf.setFiles('rados'),
    direction: 'upload',
    alone: caseOf.storeWrite('rados'),
    bare: plainVerb.write(RADOS_BENCH.large),
  },
  {
    name: caseOf.getFiles('rados'),
    direction: 'download',
    alone: caseOf.storeRead('rados'),
    bare: plainVerb.read(RADOS_BENCH.large),
  },
];

/** c_rados, c_grpc, c_hash: `rados` names the case that tells the first. */
function costs(rados: string, direction: Direction): readonly string[] {
  return [rados, cpuOf.both(LAYER[direction]), LAYER.hashCpu];
}

function boundOf(make: RowMaker, cores: number, { direction, rados, cRados }: BoundParts): Peer {
  return make.combined(
    `${cores} cores x 1000 / (${cRados} + c_grpc + c_hash)`,
    costs(rados, direction),
    (...parts) => cpuBound(cores, ...parts),
  );
}

interface BoundParts {
  readonly direction: Direction;
  /** Case that holds the CPU of rados per MB. */
  readonly rados: string;
  /** How it is called in the formula. */
  readonly cRados: string;
}

/** What `rados bench` does on the pool. */
export function radosBenchRows(make: RowMaker): Row[] {
  const { each, large } = RADOS_BENCH;
  return [
    make.row(plainVerb.write(each), 'chunks/s'),
    make.row(plainVerb.read(each), 'chunks/s'),
    make.row(plainVerb.write(large), 'MB/s'),
    make.row(plainVerb.read(large), 'MB/s'),
  ];
}

/** Files against the CPU that `rados bench`, bare gRPC and the tree take, and against `rados bench` itself. */
export function radosFileRows(make: RowMaker, cores: number): Row[] {
  const rows = WAYS.flatMap(({ name, direction, bare }) => {
    const all = { direction, rados: radosBenchCpu.all(bare), cRados: 'c_rados' };
    const client = { direction, rados: radosBenchCpu.client(bare), cRados: 'c_rados of the client' };
    const beside = (peer: Peer, text: string): Row => ({
      ...make.row(name, 'MB/s', { peer }),
      case: `${name}, ${text}`,
    });
    return [
      make.row(name, 'MB/s', { peer: boundOf(make, cores, all), goal: GOAL.bound }),
      beside(boundOf(make, cores, client), 'as if the daemons cost nothing'),
      beside(make.peer(bare), 'beside rados bench'),
    ];
  });
  return [...rows, make.row(caseOf.removeFiles('rados'), 'MB/s')];
}

/** Where the time of a file goes. */
export function radosPartRows(make: RowMaker): Row[] {
  return WAYS.flatMap(({ name, direction, alone, bare }) => {
    const stripes = { peer: make.peer(bare), ...(direction === 'upload' ? { goal: GOAL.stripes } : {}) };
    const sum = make.sum('c_rados + c_grpc + c_hash', costs(radosBenchCpu.all(bare), direction));
    return [
      make.row(radosBenchCpu.all(bare), 'core-ms/MB'),
      make.row(radosBenchCpu.client(bare), 'core-ms/MB'),
      make.row(alone, 'MB/s', stripes),
      make.row(storeCpu(alone), 'core-ms/MB', { peer: make.peer(radosBenchCpu.all(bare)), better: 'lower' }),
      make.row(cpuOf.all(name), 'core-ms/MB', { peer: sum, better: 'lower' }),
      make.row(cpuOf.daemons(name), 'core-ms/MB'),
      make.row(cpuOf.both(name), 'core-ms/MB'),
      make.row(cpuOf.client(name), 'core-ms/MB'),
      make.row(cpuOf.serverLoop(name), 'core-ms/MB'),
    ];
  });
}
