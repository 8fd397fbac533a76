import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../../src/telemetry/metrics.ts';

async function sample(metrics: Metrics, line: string): Promise<number | undefined> {
  const { text } = await metrics.page();
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

test('a call is in flight until it ends, and counted once', async () => {
  const metrics = new Metrics();
  const ended = metrics.callStarted('SetShare');
  assert.equal(await sample(metrics, 'provender_operations_in_flight{method="SetShare"}'), 1);
  ended({ code: 'OK', bytesIn: 4096, bytesOut: 0 });
  ended({ code: 'PROVENDER_INVALID', bytesIn: 1, bytesOut: 1 });
  assert.equal(await sample(metrics, 'provender_operations_in_flight{method="SetShare"}'), 0);
  assert.equal(await sample(metrics, 'provender_operations_total{method="SetShare",code="OK"}'), 1);
  assert.equal(
    await sample(metrics, 'provender_operations_total{method="SetShare",code="PROVENDER_INVALID"}'),
    undefined,
  );
  assert.equal(
    await sample(metrics, 'provender_content_bytes_total{method="SetShare",direction="in"}'),
    4096,
  );
  assert.equal(await sample(metrics, 'provender_operation_duration_seconds_count{method="SetShare"}'), 1);
});

test('usage and readiness are read at the time of the scrape', async () => {
  const metrics = new Metrics();
  let storedBytes = 1;
  metrics.watchUsage(() => ({
    storedBytes,
    limitBytes: 10,
    reservedBytes: 2,
    chunks: 3,
    files: 4,
    collections: 5,
  }));
  metrics.watchReady(() => false);
  storedBytes = 9;
  assert.equal(await sample(metrics, 'provender_stored_bytes'), 9);
  assert.equal(await sample(metrics, 'provender_limit_bytes'), 10);
  assert.equal(await sample(metrics, 'provender_reserved_bytes'), 2);
  assert.equal(await sample(metrics, 'provender_objects{kind="collection"}'), 5);
  assert.equal(await sample(metrics, 'provender_ready'), 0);
});

test('corrupt blocks, event-loop lag and the process have figures; two nodes do not mix', async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.corruptBlock();
  assert.equal(await sample(one, 'provender_corrupt_blocks_total'), 1);
  assert.equal(await sample(other, 'provender_corrupt_blocks_total'), 0);
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
    'process_open_fds',
  ])
    assert.notEqual(await sample(one, name), undefined, name);
});
