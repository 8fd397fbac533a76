import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportSchema, type Row } from '../../bench/framework/report.ts';
import { Rounds } from '../../bench/framework/rounds.ts';
import {
  caseOf,
  DEAD,
  ENCODING,
  loadsOf,
  networkRows,
  readingOf,
} from '../../bench/placement/network-rows.ts';
import type { NetworkSizes } from '../../bench/placement/section.ts';

const SIZES: NetworkSizes = { rounds: 1, storers: 12, replicas: 8, largeBytes: 1e8, smallBytes: 1e6 };
const CORES = 4;

/** A round in which every load took 50 s and 100 core-s for each file, and moved what the spec allows. */
function round(): Rounds {
  const rounds = new Rounds();
  rounds.add(ENCODING.one, 100);
  rounds.add(ENCODING.many, 200);
  for (const load of loadsOf(SIZES)) {
    const names = caseOf(load, SIZES);
    rounds.add(names.whole, 50);
    rounds.add(names.placed, load.count);
    rounds.add(names.median, 40);
    rounds.add(names.cpu, 100);
    rounds.add(names.fetched, (10 * load.count * load.sizeBytes) / 1e6);
    rounds.add(names.connections, 1);
  }
  for (const dead of DEAD) {
    rounds.add(readingOf(dead, SIZES).name, 30);
    rounds.add(readingOf(dead, SIZES).alone, 60);
  }
  return rounds;
}

function rowOf(rows: readonly Row[], pattern: RegExp): Row {
  const row = rows.find((it) => pattern.test(it.case));
  assert.ok(row !== undefined, `no row ${pattern}`);
  return row;
}

test('time and CPU stand beside what encoding N + 2 replicas takes, lone files at the pace of one chain', () => {
  const rows = networkRows(round(), SIZES, CORES);
  reportSchema.parse({ bench: 'placement', conditions: {}, rows });
  // 10 x 100 MB at 100 MB/s of a core: 10 core-s.
  assert.equal(rowOf(rows, /^1 file of 100 MB.*first byte to receipt/).reference?.value, 10 / CORES);
  assert.equal(rowOf(rows, /^1 file of 100 MB.*CPU/).reference?.value, 10);
  // 8 x 10 x 100 MB at 200 MB/s: 40 core-s, 5 for each file.
  assert.equal(rowOf(rows, /^8 files of 100 MB.*last receipt/).reference?.value, 40 / CORES);
  assert.equal(rowOf(rows, /^8 files of 100 MB.*CPU/).reference?.value, 5);
  assert.equal(rowOf(rows, /^8 files of 100 MB.*CPU/).ratio, 0.05);
  assert.equal(
    rowOf(rows, /^64 files of 1 MB at once, 8 of 12 storers: first byte to receipt, middle/).value,
    40,
  );
});

test('every file has a receipt, no more than N + 2 storers fetch it, and none has two connections', () => {
  const judged = networkRows(round(), SIZES, CORES).filter(({ goal }) => goal !== undefined);
  assert.deepEqual(
    judged.map(({ case: name, ratio, goal }) => [/fetched|connections|receipt/.test(name), ratio, goal]),
    Array.from({ length: 9 }, () => [true, 1, 1]),
  );
  const rounds = round();
  for (const load of loadsOf(SIZES)) {
    rounds.add(caseOf(load, SIZES).fetched, Number.MAX_VALUE);
    rounds.add(caseOf(load, SIZES).connections, 3);
    for (const name of [
      caseOf(load, SIZES).whole,
      caseOf(load, SIZES).placed,
      caseOf(load, SIZES).median,
      caseOf(load, SIZES).cpu,
    ])
      rounds.add(name, 1);
  }
  for (const name of Object.values(ENCODING)) rounds.add(name, 100);
  const connections = rowOf(networkRows(rounds, SIZES, CORES), /^1 file.*connections/);
  assert.equal(connections.value, 2);
  assert.ok((connections.ratio ?? 1) < 1);
});

test('a reading stands beside that from one holder, in each state of the holders', () => {
  const rows = networkRows(round(), SIZES, CORES);
  const readings = rows.filter(({ case: name }) => name.startsWith('read '));
  assert.deepEqual(
    readings.map(({ case: name, ratio }) => [name, ratio]),
    DEAD.map((dead) => [`read 100 MB through the primary, ${dead} of 8 holders dead`, 0.5]),
  );
});
