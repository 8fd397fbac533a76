import type { Report, Row } from './report.ts';
import { formatFigure } from './table.ts';

const WIDTH = 960;
const BAR_LEFT = 440;
const BAR_WIDTH = 360;
const ROW_HEIGHT = 26;
const PANEL_GAP = 44;
const TOP = 64;

const STYLE = `
  :root { color-scheme: light dark; }
  .ground { fill: #ffffff; } text { fill: #1f2328; font: 13px system-ui, sans-serif; }
  .title { font-size: 18px; font-weight: 600; } .unit { font-weight: 600; } .note { fill: #59636e; font-size: 11px; }
  .bar { fill: #2f6fb7; } .missed { fill: #b3541e; } .peer { stroke: #1f2328; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; } text { fill: #e6edf3; } .note { fill: #9198a1; }
    .bar { fill: #6cb0ff; } .missed { fill: #ff9d5c; } .peer { stroke: #e6edf3; }
  }`;

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

function byUnit(rows: readonly Row[]): Map<string, Row[]> {
  const panels = new Map<string, Row[]>();
  for (const row of rows) panels.set(row.unit, [...(panels.get(row.unit) ?? []), row]);
  return panels;
}

/** From a value to the length of its bar. */
interface Scale {
  readonly isLogarithmic: boolean;
  lengthOf(value: number): number;
}

/** Values that differ more than this would leave the small ones without a bar. */
const LINEAR_SPAN = 100;

function scaleOf(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const largest = Math.max(...positive, Number.MIN_VALUE);
  const smallest = Math.min(...positive, largest);
  if (largest / smallest <= LINEAR_SPAN) {
    return { isLogarithmic: false, lengthOf: (value) => (value / largest) * BAR_WIDTH };
  }
  const start = Math.floor(Math.log10(smallest));
  const decades = Math.log10(largest) - start;
  return {
    isLogarithmic: true,
    lengthOf: (value) => (value <= 0 ? 0 : ((Math.log10(value) - start) / decades) * BAR_WIDTH),
  };
}

/** One bar, its name before it and its figure behind it; the tick is the peer or the limit. */
function drawRow(row: Row, y: number, scale: Scale): string {
  const missed = row.goal !== undefined && row.ratio !== undefined && row.ratio < row.goal;
  const width = Math.max(1, scale.lengthOf(row.value));
  const ratio = row.ratio === undefined ? '' : ` (${row.ratio.toFixed(2)})`;
  const parts = [
    `<text x="${BAR_LEFT - 10}" y="${y + 13}" text-anchor="end">${escape(shorten(row.case, 62))}</text>`,
    `<rect class="${missed ? 'missed' : 'bar'}" x="${BAR_LEFT}" y="${y}" width="${width.toFixed(1)}" height="17" rx="2"/>`,
  ];
  let end = BAR_LEFT + width;
  if (row.reference !== undefined) {
    const x = BAR_LEFT + scale.lengthOf(row.reference.value);
    end = Math.max(end, x);
    parts.push(
      `<line class="peer" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${y - 2}" y2="${y + 19}"><title>${escape(row.reference.what)}</title></line>`,
    );
  }
  parts.push(`<text x="${(end + 8).toFixed(1)}" y="${y + 13}">${formatFigure(row.value)}${ratio}</text>`);
  return parts.join('\n');
}

function drawPanel(unit: string, rows: readonly Row[], top: number): string {
  const scale = scaleOf(rows.flatMap((row) => [row.value, ...(row.reference ? [row.reference.value] : [])]));
  const bars = rows.map((row, i) => drawRow(row, top + 14 + i * ROW_HEIGHT, scale));
  const title = scale.isLogarithmic ? `${unit}, logarithmic` : unit;
  return [`<text class="unit" x="${BAR_LEFT}" y="${top}">${escape(title)}</text>`, ...bars].join('\n');
}

/**
 * Draws a report as SVG: one panel per unit (logarithmic where values differ by more than 100 times), one bar per row, a tick where its peer or limit lies, ratios in brackets; bars
 * that miss their goal have another colour. Follows the reader's light or dark scheme.
 */
export function drawChart(report: Report): string {
  const panels = [...byUnit(report.rows)];
  let top = TOP + 14;
  const drawn = panels.map(([unit, rows]) => {
    const panel = drawPanel(unit, rows, top);
    top += rows.length * ROW_HEIGHT + PANEL_GAP;
    return panel;
  });
  const facts = ['cpu', 'cores', 'system', 'node', 'mode', 'date'].flatMap((name) => {
    const fact = report.conditions[name];
    return fact === undefined ? [] : [name === 'cores' ? `${String(fact)} cores` : String(fact)];
  });
  const note = `${facts.join(', ')}. Tick: what it is measured against; ratio in brackets.`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">`,
    `<title>${escape(report.bench)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="100%" height="100%"/>`,
    `<text class="title" x="24" y="34">${escape(report.bench)}</text>`,
    `<text class="note" x="24" y="52">${escape(note)}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}
