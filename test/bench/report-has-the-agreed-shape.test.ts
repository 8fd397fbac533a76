import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawChart } from '../../bench/framework/chart.ts';
import { missedGoals, type Report, reportSchema } from '../../bench/framework/report.ts';
import { formatFigure, formatTable } from '../../bench/framework/table.ts';

const REPORT: Report = {
  bench: 'sample',
  conditions: { mode: 'quick', cores: 2, idle: true },
  rows: [
    { case: 'plain', value: 12, unit: 'MB/s' },
    {
      case: 'beside <a peer> & more',
      value: 80,
      unit: 'MB/s',
      reference: { what: 'peer', value: 100 },
      ratio: 0.8,
    },
    {
      case: 'met',
      value: 96,
      unit: 'op/s',
      reference: { what: 'peer', value: 100 },
      ratio: 0.96,
      goal: 0.95,
    },
    {
      case: 'missed',
      value: 94,
      unit: 'op/s',
      reference: { what: 'peer', value: 100 },
      ratio: 0.94,
      goal: 0.95,
    },
  ],
};

function withRow(row: object): unknown {
  return { ...REPORT, rows: [row] };
}

test('a report survives JSON and the schema unchanged', () => {
  assert.deepEqual(reportSchema.parse(JSON.parse(JSON.stringify(REPORT))), REPORT);
});

test('rows that say half of a comparison are refused', () => {
  const plain = { case: 'a', value: 1, unit: 'op/s' };
  const reference = { what: 'peer', value: 1 };
  const wrong = [
    { ...plain, ratio: 1 },
    { ...plain, reference },
    { ...plain, goal: 0.9 },
    { ...plain, extra: 1 },
    { ...plain, value: Number.NaN },
    { ...plain, reference, ratio: Number.POSITIVE_INFINITY },
  ];
  for (const row of wrong)
    assert.equal(reportSchema.safeParse(withRow(row)).success, false, JSON.stringify(row));
  assert.equal(reportSchema.safeParse({ ...REPORT, rows: [] }).success, false);
});

test('a goal is missed below its figure, and only there', () => {
  assert.deepEqual(
    missedGoals(REPORT).map((row) => row.case),
    ['missed'],
  );
});

test('the table has one line per row and says plainly what is missed', () => {
  const lines = formatTable(REPORT.rows).split('\n');
  assert.equal(lines.length, 2 + REPORT.rows.length);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(lines.at(-1) ?? '', /0\.94 \| 0\.95 MISSED \| peer: 100/);
  assert.match(lines.at(-2) ?? '', /0\.95 met/);
});

test('figures keep three places that say something', () => {
  assert.deepEqual([0.01234, 1.234, 12.34, 123.4, 1234.5, 0].map(formatFigure), [
    '0.0123',
    '1.23',
    '12.3',
    '123',
    '1,235',
    '0.00',
  ]);
});

test('the chart draws one bar per row, escapes texts and follows the dark scheme', () => {
  const svg = drawChart(REPORT);
  assert.equal(svg.match(/<rect class="(bar|missed)"/g)?.length, REPORT.rows.length);
  assert.equal(svg.match(/<rect class="missed"/g)?.length, 1);
  assert.equal(svg.match(/<line class="peer"/g)?.length, 3);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.match(svg, /beside &lt;a peer&gt; &amp; more/);
  assert.doesNotMatch(svg, /NaN|undefined/);
});

test('a panel whose values differ by more than 100 times is logarithmic and says so', () => {
  const rows = [1, 10, 10_000].map((value) => ({ case: `${value}`, value, unit: 'op/s' }));
  const svg = drawChart({ ...REPORT, rows });
  assert.match(svg, /op\/s, logarithmic/);
  const widths = [...svg.matchAll(/<rect class="bar"[^>]* width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  assert.deepEqual(widths, [1, 90, 360]);
});
