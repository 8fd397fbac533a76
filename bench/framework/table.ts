import type { Report, Row } from './report.ts';

/** Three figures that say something, thousands grouped: 0.0123, 45.6, 78,900. */
export function formatFigure(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return Math.round(value).toLocaleString('en-US');
  if (magnitude >= 100) return value.toFixed(0);
  if (magnitude >= 10) return value.toFixed(1);
  if (magnitude >= 1) return value.toFixed(2);
  return value.toPrecision(3);
}

function verdict({ goal, ratio }: Row): string {
  if (goal === undefined || ratio === undefined) return '';
  return ratio >= goal ? `${goal} met` : `${goal} MISSED`;
}

function cells(row: Row): string[] {
  const against =
    row.reference === undefined ? '' : `${row.reference.what}: ${formatFigure(row.reference.value)}`;
  const ratio = row.ratio === undefined ? '' : row.ratio.toFixed(2);
  return [row.case, `${formatFigure(row.value)} ${row.unit}`, ratio, verdict(row), against];
}

/** The rows as a Markdown table, columns aligned: reads well on a terminal and pastes into a document. */
export function formatTable(rows: readonly Row[]): string {
  const header = ['case', 'value', 'ratio', 'goal', 'against'];
  const body = rows.map(cells);
  const widths = header.map((title, i) =>
    Math.max(title.length, ...body.map((line) => (line[i] ?? '').length)),
  );
  const isNumber = (i: number): boolean => i === 1 || i === 2;
  const line = (values: readonly string[]): string =>
    `| ${values.map((text, i) => (isNumber(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, i) => (isNumber(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(header), line(rule), ...body.map(line)].join('\n');
}

/** Conditions, one per line. */
export function formatConditions(report: Report): string {
  const names = Object.keys(report.conditions);
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(width)}  ${String(report.conditions[name])}`).join('\n');
}
