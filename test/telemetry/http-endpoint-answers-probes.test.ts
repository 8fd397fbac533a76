import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '../../src/telemetry/health.ts';
import { HttpEndpoint } from '../../src/telemetry/http-endpoint.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

async function openEndpoint() {
  const telemetry = { log: createLog({ level: 'silent' }), metrics: new Metrics(), health: new Health() };
  const endpoint = await HttpEndpoint.open({ host: '127.0.0.1', port: 0, telemetry });
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${endpoint.port}${path}`, { method });
  return {
    ...telemetry,
    endpoint,
    ask,
    [Symbol.asyncDispose]: async () => {
      telemetry.health.close();
      await endpoint.close();
    },
  };
}

test('/live answers 200 while the event loop runs, ready or not', async () => {
  await using node = await openEndpoint();
  const answer = await node.ask('/live');
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { status: 'live' });
});

test('/ready tells why a node is not ready, then 200, then 503 when it drains', async () => {
  await using node = await openEndpoint();
  const before = await node.ask('/ready');
  assert.equal(before.status, 503);
  assert.deepEqual(await before.json(), { status: 'not ready', reasons: ['start-up is not finished'] });
  node.health.setStarted();
  assert.equal((await node.ask('/ready')).status, 200);
  node.health.setDraining();
  assert.equal((await node.ask('/ready')).status, 503);
});

test('/metrics is the text format of Prometheus', async () => {
  await using node = await openEndpoint();
  node.metrics.callStarted('GetFile')({ code: 'OK', bytesIn: 0, bytesOut: 5 });
  const answer = await node.ask('/metrics');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await answer.text(), /^provender_content_bytes_total\{method="GetFile",direction="out"\} 5$/m);
});

test('other paths are 404, other methods 405, HEAD has no body', async () => {
  await using node = await openEndpoint();
  assert.equal((await node.ask('/')).status, 404);
  assert.equal((await node.ask('/live/../etc')).status, 404);
  const post = await node.ask('/metrics', 'POST');
  assert.equal(post.status, 405);
  assert.equal(post.headers.get('allow'), 'GET, HEAD');
  const head = await node.ask('/live', 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
});

test('a port in use is a configuration error that names the address', async () => {
  await using node = await openEndpoint();
  const telemetry = { log: node.log, metrics: node.metrics, health: node.health };
  await assert.rejects(HttpEndpoint.open({ host: '127.0.0.1', port: node.endpoint.port, telemetry }), {
    code: 'PROVENDER_CONFIG',
    message: `http.listen 127.0.0.1:${node.endpoint.port}: the port is in use; choose another address with --http-listen`,
  });
});

test('close cuts open connections and may be called twice', async () => {
  await using node = await openEndpoint();
  await node.ask('/live');
  await node.endpoint.close();
  await node.endpoint.close();
  await assert.rejects(node.ask('/live'));
});
