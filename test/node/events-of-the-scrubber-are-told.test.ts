import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { scrubEvents } from '../../src/node/scrub-events.ts';
import { Health } from '../../src/telemetry/health.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

const COUNTS = { chunks: 3, files: 2, collections: 1, checkedBytes: 9, damaged: 0 };
const USAGE = { storedBytes: -7, chunks: -1, files: 0, collections: 0 };

test('each event of the scrubber is a log line that operations.md lists, and a figure', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'debug',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const metrics = new Metrics();
  const health = new Health();
  const events = scrubEvents({ log, metrics, health });
  events.started({ isDeep: true, bytesPerSecond: 5, isContinued: false });
  events.paused();
  events.resumed();
  events.stopped();
  events.damaged({ kind: 'head', key: 'h/1', object: '1', reason: 'r', unixMs: 1 }, 'h/1: r; not marked');
  events.usageDiffers(USAGE);
  events.failed({ error: new Error('away'), retryMs: 30_000 });
  events.checked('chunk', 3);
  events.checked('bytes', 9);
  const result = {
    isDeep: true,
    startedUnixMs: 1000,
    finishedUnixMs: 61_000,
    counts: COUNTS,
    difference: USAGE,
  };
  events.finished(result);
  events.finished({ ...result, counts: { ...COUNTS, damaged: 1 } });
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  for (const { event } of lines)
    assert.ok(page.includes(`\`${String(event)}\``), `${String(event)} is not listed`);
  assert.deepEqual(
    lines.map(({ level, event }) => `${String(level)} ${String(event)}`),
    [
      'info scrub-started',
      'info scrub-paused',
      'info scrub-resumed',
      'info scrub-stopped',
      'error scrub-damage',
      'warn scrub-usage-differs',
      'warn scrub-failed',
      'info scrub-finished',
      'error scrub-finished',
    ],
  );
  assert.deepEqual(
    [lines[4]?.['msg'], lines[5]?.['loneChunks'], lines[7]?.['loneChunks'], lines[7]?.['seconds']],
    ['h/1: r; not marked', -1, 3, 60],
  );
  const { text } = await metrics.page();
  for (const line of [
    'provender_scrub_objects_total{kind="chunk"} 3',
    'provender_scrub_checked_bytes_total 9',
    'provender_scrub_damage_total{kind="head"} 1',
    'provender_scrub_failures_total 1',
    'provender_scrub_rounds_total 2',
    'provender_scrub_usage_difference{what="bytes"} -7',
    'provender_scrub_usage_difference{what="chunks"} -1',
  ])
    assert.ok(text.includes(`\n${line}\n`), line);
  health.close();
});
