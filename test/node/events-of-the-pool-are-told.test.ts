import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { radosObserver } from '../../src/node/ceph/rados-observer.ts';
import { RepeatedFailures } from '../../src/node/ceph/repeated-failures.ts';
import type { RadosEvents } from '../../src/objects/rados/rados-events.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

/** One of each; the compiler finds one that is missing. */
function reportAll(events: Required<RadosEvents>): void {
  events.sessionOpened({ session: 1, address: '10.0.0.1:0/1' });
  events.sessionLost({ session: 1, reason: 'fenced' });
  events.reconnectFailed({ error: new Error('away'), retryInMs: 100 });
  events.fenced({ session: 2, address: '10.0.0.2:0/1', podName: 'b' });
  events.swept({ session: 2, tags: 1, bytes: 4096, published: 0 });
  events.foreignName({ namespace: 'n', name: 'x' });
  events.paidDataKept({ tag: 't', operation: 'o' });
  events.retried({ operation: 'publish', key: 'k/00' });
  events.ambiguous({ operation: 'publish', key: 'k/00' });
  events.dutyFailed({ duty: 'beat', error: new Error('no') });
}

test('each event is a log line that operations.md lists, with the facts of the event', async () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const log = createLog({ level: 'debug', destination });
  const events = radosObserver({ log, metrics: new Metrics() });
  reportAll({ ...nothing, ...events });
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const names = lines.map((line) => String(line['event']));
  assert.equal(names.length, 10);
  assert.deepEqual(
    names.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
  assert.equal(lines.find((line) => line['event'] === 'session-fenced')?.['podName'], 'b');
});

test('sessions, swept bytes and retries are counted', async () => {
  const metrics = new Metrics();
  reportAll({ ...nothing, ...radosObserver({ log: createLog({ level: 'silent' }), metrics }) });
  const { text } = await metrics.page();
  for (const event of ['opened', 'lost', 'fenced', 'swept'])
    assert.ok(text.includes(`provender_store_sessions_total{event="${event}"} 1\n`), event);
  assert.ok(text.includes('provender_store_swept_bytes_total 4096\n'));
  assert.ok(text.includes('provender_store_duty_failures_total 1\n'));
  assert.ok(text.includes('provender_store_retries_total{operation="publish"} 1\n'));
});

test('a duty that goes on failing in the same way is told once a minute, with the number left out', () => {
  let nowMs = 0;
  const failures = new RepeatedFailures(() => nowMs);
  assert.equal(failures.take('beat', 'away'), 0);
  nowMs = 1000;
  assert.equal(failures.take('beat', 'away'), undefined);
  assert.equal(failures.take('statistics', 'away'), 0);
  assert.equal(failures.take('beat', 'refused'), 0);
  assert.equal(failures.take('beat', 'refused'), undefined);
  nowMs = 61_000;
  assert.equal(failures.take('beat', 'refused'), 1);
  assert.equal(failures.take('beat', 'refused'), undefined);
});

const ignore = (): void => undefined;
const nothing: Required<RadosEvents> = {
  sessionOpened: ignore,
  sessionLost: ignore,
  reconnectFailed: ignore,
  fenced: ignore,
  swept: ignore,
  foreignName: ignore,
  paidDataKept: ignore,
  retried: ignore,
  ambiguous: ignore,
  dutyFailed: ignore,
};
