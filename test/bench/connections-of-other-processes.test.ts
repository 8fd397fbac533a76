import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { ConnectionWatch } from '../../bench/framework/connections.ts';

const isLinux = process.platform === 'linux';

test('the most connections that a process had at once are those to the port, and stay known', {
  skip: !isLinux,
}, async () => {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [port = 0, otherPort = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  using watch = new ConnectionWatch(port, [process.pid]);
  using stranger = new ConnectionWatch(port, [process.ppid]);
  assert.equal(watch.most, 0);
  const callers = [port, port, port, otherPort].map((to) => connect(to, '127.0.0.1'));
  for (const caller of callers) await once(caller, 'connect');
  watch.look();
  stranger.look();
  assert.equal(watch.most, 3);
  assert.equal(stranger.most, 0);
  for (const caller of callers) {
    caller.destroy();
    await once(caller, 'close');
  }
  watch.look();
  assert.equal(watch.most, 3);
  for (const server of servers) server.close();
});
