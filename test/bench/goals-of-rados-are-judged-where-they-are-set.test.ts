import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunksVsFilesRows } from '../../bench/chunks-vs-files/rows.ts';
import { reportSchema, type Row } from '../../bench/framework/report.ts';
import { Rounds } from '../../bench/framework/rounds.ts';
import { radosRows } from '../../bench/rados/rows.ts';

/** Rounds in which a case has the values of the first pattern that its name fits, else 10. */
class PatternRounds extends Rounds {
  readonly #patterns: readonly (readonly [RegExp, number])[];

  constructor(...patterns: readonly (readonly [RegExp, number])[]) {
    super();
    this.#patterns = patterns;
  }

  override get(name: string): readonly number[] {
    const value = this.#patterns.find(([pattern]) => pattern.test(name))?.[1] ?? 10;
    return [value, value];
  }
}

function rowOf(rows: readonly Row[], name: string): Row {
  const row = rows.find((it) => it.case === name);
  assert.ok(row !== undefined, `no row "${name}"`);
  return row;
}

test('rates have goals at 64 in flight for 4 KiB and at 16 for 4 MiB, and nowhere else', () => {
  const rows = radosRows(new PatternRounds());
  reportSchema.parse({ bench: 'rados', conditions: {}, rows });
  assert.deepEqual(
    rows.filter(({ goal }) => goal === 0.95).map((row) => row.case),
    [
      '4 KiB write_full, 64 in flight',
      '4 KiB random read, 64 in flight',
      '4 MiB write_full, 16 in flight',
      '4 MiB random read, 16 in flight',
    ],
  );
  // 2 sizes x 2 verbs x 4 depths, a rate and a CPU row each.
  assert.equal(rows.filter((row) => row.case.includes(' in flight') && row.case.startsWith('4 ')).length, 38);
});

test('a read may cost 30 us, a write 1.5 times what it costs rados bench or 30 us where that is more', () => {
  const limits = (theirs: number, ours: number): readonly [Row, Row] => {
    const rows = radosRows(new PatternRounds([/^rados bench: .*client CPU/, theirs], [/client CPU/, ours]));
    const of = (verb: string): Row =>
      rowOf(rows, `4 KiB ${verb}, 64 in flight: client CPU, within its limit`);
    return [of('random read'), of('write_full')];
  };
  const [read, write] = limits(40, 40);
  assert.deepEqual([read.reference?.value, read.ratio, read.goal], [30, 0.75, 1]);
  assert.deepEqual([write.reference?.value, write.ratio, write.goal], [60, 1.5, 1]);
  const [, cheapWrite] = limits(10, 20);
  assert.equal(cheapWrite.reference?.value, 30);
});

test('the bound of files on RADOS has the CPU of the daemons in it, the row beside it has not', () => {
  const rounds = new PatternRounds(
    [/^rados bench.*CPU of client and daemons/, 16],
    [/^rados bench.*CPU of the client/, 1],
    [/^bare grpc-js.*CPU of both ends/, 3],
    [/^tree: CPU/, 1],
    [/^rados: (SetFile|GetFile)$/, 90],
  );
  const rows = chunksVsFilesRows(rounds, ['level', 'files', 'rados']);
  reportSchema.parse({ bench: 'chunks-vs-files', conditions: {}, rows });
  for (const verb of ['SetFile', 'GetFile']) {
    const judged = rowOf(rows, `rados: ${verb}`);
    const { what = '', value: bound = 0 } = judged.reference ?? {};
    const cores = Number(/^(\d+) cores x 1000/.exec(what)?.[1]);
    assert.equal(bound, (cores * 1000) / 20);
    assert.equal(judged.goal, 0.85);
    const alone = rowOf(rows, `rados: ${verb}, as if the daemons cost nothing`);
    assert.equal(alone.reference?.value, (cores * 1000) / 5);
    assert.equal(alone.goal, undefined);
  }
});

test('rados has the goals of the other stores: ten times the chunks, half the bytes of files', () => {
  const rows = chunksVsFilesRows(new PatternRounds(), ['level', 'files', 'rados']);
  const goals = (part: string): (number | undefined)[] =>
    rows.filter((row) => row.case.includes(part)).map((row) => row.goal);
  assert.deepEqual(goals('rados: set, batched'), [10, 0.5]);
  assert.deepEqual(goals('rados: read, batched'), [10, 0.5]);
  assert.deepEqual(goals('rados store alone: write stripes, publish'), [0.9, undefined]);
});

test('without Ceph there is no row of rados', () => {
  const rows = chunksVsFilesRows(new PatternRounds(), ['level', 'files']);
  assert.deepEqual(
    rows.filter((row) => row.case.includes('rados')),
    [],
  );
});
