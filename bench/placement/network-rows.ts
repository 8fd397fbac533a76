import { toRow } from '../framework/comparison.ts';
import type { Row } from '../framework/report.ts';
import type { Rounds } from '../framework/rounds.ts';
import { MB } from '../support/rate.ts';
import type { NetworkSizes } from './section.ts';

const KB = 1e3;
/** Storers that fetch a file: those that hold it in the end and two that take the place of whoever fails. @see storer-selection.md, section 5 */
const SPARES = 2;

/** Files that are placed at the same time. */
export interface Load {
  readonly count: number;
  readonly sizeBytes: number;
}

/** Which rate of encoding a load is measured beside: lone objects, or more of them side by side on a core. */
export const ENCODING = {
  one: 'encode, cat-2, one object, per core',
  many: 'encode, cat-2, 4 objects side by side, per core',
} as const;

/** Holders that are killed before a reading, in all. */
export const DEAD = [0, 1, 3] as const;

/** The loads of a round. */
export function loadsOf({ largeBytes, smallBytes }: NetworkSizes): readonly Load[] {
  return [
    { count: 1, sizeBytes: largeBytes },
    { count: 8, sizeBytes: largeBytes },
    { count: 64, sizeBytes: smallBytes },
  ];
}

/** A size in words. */
function sizeName(bytes: number): string {
  return bytes < MB ? `${bytes / KB} KB` : `${bytes / MB} MB`;
}

/** Names of what is measured of a load. */
export function caseOf({ count, sizeBytes }: Load, { storers, replicas }: NetworkSizes) {
  const files =
    count === 1 ? `1 file of ${sizeName(sizeBytes)}` : `${count} files of ${sizeName(sizeBytes)} at once`;
  const name = `${files}, ${replicas} of ${storers} storers`;
  return {
    name,
    whole: `${name}: first byte to ${count === 1 ? '' : 'last '}receipt`,
    median: `${name}: first byte to receipt, middle file`,
    placed: `${name}: files with a receipt`,
    cpu: `${name}: CPU of all processes per file`,
    fetched: `${name}: bytes that storers fetched`,
    connections: `${name}: connections to the primary, most of one node`,
  };
}

/** Names of a reading. */
export function readingOf(dead: number, { replicas, largeBytes }: NetworkSizes) {
  const state = `${dead} of ${replicas} holders dead`;
  return {
    name: `read ${sizeName(largeBytes)} through the primary, ${state}`,
    alone: `GetFile from one holder, ${state}`,
  };
}

function ofLoad(rounds: Rounds, load: Load, sizes: NetworkSizes, cores: number): readonly Row[] {
  const { whole, median, placed, cpu, fetched, connections } = caseOf(load, sizes);
  const assigned = sizes.replicas + SPARES;
  const bound = (assigned * load.count * load.sizeBytes) / MB;
  const encoding = rounds.combine([load.count === 1 ? ENCODING.one : ENCODING.many], (rate) => bound / rate);
  const row = (name: string, unit: string, what: string, values: readonly number[], goal?: number): Row =>
    toRow(
      { case: name, unit, values: rounds.get(name) },
      {
        peer: { what, values },
        better: 'lower',
        ...(goal !== undefined && { goal }),
      },
    );
  const each = rounds.get(whole);
  const sent = { what: 'files that were sent', values: each.map(() => load.count) };
  return [
    toRow({ case: placed, unit: 'files', values: rounds.get(placed) }, { peer: sent, goal: 1 }),
    row(
      whole,
      's',
      `encoding N + 2 replicas, ${cores} cores`,
      encoding.map((seconds) => seconds / cores),
    ),
    ...(load.count === 1 ? [] : [toRow({ case: median, unit: 's', values: rounds.get(median) })]),
    row(
      cpu,
      'core-s',
      'encoding N + 2 replicas',
      encoding.map((seconds) => seconds / load.count),
    ),
    row(
      fetched,
      'MB',
      '(N + 2) x size',
      each.map(() => bound),
      1,
    ),
    row(
      connections,
      'connections',
      'one for each storer',
      each.map(() => 1),
      1,
    ),
  ];
}

function ofReading(rounds: Rounds, dead: number, sizes: NetworkSizes): Row {
  const { name, alone } = readingOf(dead, sizes);
  const peer = { what: 'GetFile from one holder', values: rounds.get(alone) };
  return toRow({ case: name, unit: 'MB/s', values: rounds.get(name) }, { peer });
}

/**
 * Rows of whole placements. `rounds` has seconds, core-seconds, MB and MB/s.
 * @param cores - of this machine, which all nodes share
 */
export function networkRows(rounds: Rounds, sizes: NetworkSizes, cores: number): readonly Row[] {
  return [
    ...Object.values(ENCODING).map((name) => toRow({ case: name, unit: 'MB/s', values: rounds.get(name) })),
    ...loadsOf(sizes).flatMap((load) => ofLoad(rounds, load, sizes, cores)),
    ...DEAD.map((dead) => ofReading(rounds, dead, sizes)),
  ];
}
