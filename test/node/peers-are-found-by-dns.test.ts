import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainOf, SeedPeers, type SeedPeersOptions } from '../../src/node/network/seed-peers.ts';
import { type SrvRecord, srvOrder } from '../../src/node/network/srv-order.ts';
import { Opened } from '../../src/node/opened.ts';
import { NetworkCalls } from '../../src/rpc/client/network-calls.ts';
import type { NetworkFacts } from '../../src/rpc/network-view.ts';
import { NodeChannels } from '../../src/rpc/nodes/node-channels.ts';
import { deferred } from '../support/deferred.ts';
import { openDnsServer } from '../support/dns-server.ts';
import { openRpcNode, untilAborted } from '../support/rpc-node.ts';
import { ScriptedView, scriptedServices, SOME_FACTS } from '../support/rpc-network.ts';
import { until } from '../support/until.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const CONSENSUS = '_provender-consensus._tcp.mynet.example';
const STORAGE = '_provender-storage._tcp.mynet.example';
const { networkId, genesisHash: hash, name } = SOME_FACTS;
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const genesis = { name, networkId, hash, primaries: [{ storerKey: key(90), address: 'primary:1' }] };

/** A name service, nodes over gRPC on loopback, and what looks for them. */
async function openWorld() {
  const opened = new Opened();
  const use = <T extends AsyncDisposable>(part: T): T =>
    opened.add(part, async () => part[Symbol.asyncDispose]());
  const dns = use(await openDnsServer());
  const channels = use(new NodeChannels({ timeoutMs: 2000 }));
  const clock = new VirtualClock();
  const troubles: string[] = [];
  const asked: string[] = [];
  return {
    dns,
    clock,
    troubles,
    asked,
    /** @returns port of a node that says of itself what is given */
    async serve(facts: Partial<NetworkFacts>): Promise<number> {
      const network = { ...scriptedServices(), view: new ScriptedView({ ...SOME_FACTS, ...facts }, []) };
      const { server } = use(await openRpcNode({ network }));
      return Number(server.address.split(':').at(-1));
    },
    look(options: Partial<SeedPeersOptions> = {}): SeedPeers {
      const peers = SeedPeers.start({
        domain: 'mynet.example',
        ask: (address, signal) => {
          asked.push(address);
          return channels.call(address, (caller) => new NetworkCalls(caller).facts({ signal }));
        },
        genesis,
        storerKey: key(91),
        resolver: dns.resolver(),
        clock,
        random: () => 0,
        trouble: (error) => void troubles.push(error instanceof Error ? error.message : String(error)),
        ...options,
      });
      return use(peers);
    },
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

const at = (port: number, priority = 0): SrvRecord => ({ name: 'localhost', port, priority, weight: 0 });
const addressed = (...ports: number[]) => ports.map((port) => `localhost:${port}`);

test('records come by priority, and within one by chance of their weight', () => {
  const record = (port: number, priority: number, weight: number) => ({ name: 'a', port, priority, weight });
  const records = [record(1, 20, 9), record(2, 10, 0), record(3, 10, 1), record(4, 10, 3)];
  const order = (random: number) => srvOrder(records, () => random).map(({ port }) => port);
  assert.deepEqual(order(0), [2, 3, 4, 1]);
  assert.deepEqual(order(0.999), [4, 3, 2, 1]);
  assert.deepEqual(order(0.3), [3, 4, 2, 1]);
});

test('peers are those of both names, by priority, once each, at most 8', async () => {
  await using world = await openWorld();
  const ports = await Promise.all(
    Array.from({ length: 9 }, (_, i) => world.serve({ storerKey: key(i + 1) })),
  );
  const [first = 0, ...rest] = ports;
  world.dns.records.set(CONSENSUS, rest.map((port, i) => at(port, 10 + i)).toReversed());
  world.dns.records.set(STORAGE, [at(first, 1), at(rest[0] ?? 0, 99), { ...at(0, 0), name: '' }]);
  const peers = world.look();
  await until('peers', () => peers.addresses().length > 0);
  assert.deepEqual(peers.addresses(), addressed(...ports.slice(0, 8)));
  assert.deepEqual(new Set(world.dns.asked), new Set([CONSENSUS, STORAGE]));
  assert.deepEqual(world.troubles, []);
  assert.equal(world.clock.sleepers, 0); // enough are known
});

test('nodes of another network, this node and primaries are left out', async () => {
  await using world = await openWorld();
  const good = await world.serve({ storerKey: key(1) });
  const otherId = await world.serve({ networkId: key(5) });
  const otherGenesis = await world.serve({ genesisHash: key(6) });
  const own = await world.serve({ storerKey: key(91) });
  const primary = await world.serve({ storerKey: key(90) });
  world.dns.records.set(
    STORAGE,
    [otherId, otherGenesis, own, primary, good].map((port) => at(port)),
  );
  const peers = world.look();
  await world.clock.untilSleeping(1);
  assert.deepEqual(peers.addresses(), addressed(good));
  assert.equal(world.troubles.length, 2);
  for (const port of [otherId, otherGenesis])
    assert.ok(world.troubles.some((text) => text.startsWith(`localhost:${port} is in another network`)));
});

test('it asks again each minute while fewer than three peers are known, and never one that was dropped', async () => {
  await using world = await openWorld();
  const [one, two, three, four] = await Promise.all(
    [1, 2, 3, 4].map((n) => world.serve({ storerKey: key(n) })),
  );
  assert.ok(one && two && three && four);
  world.dns.records.set(CONSENSUS, [at(one)]);
  const peers = world.look();
  await world.clock.untilSleeping(1);
  assert.deepEqual(peers.addresses(), addressed(one));
  peers.drop(`localhost:${one}`);
  assert.deepEqual(peers.addresses(), []);
  world.dns.records.set(
    CONSENSUS,
    [one, two, three, four].map((port) => at(port)),
  );
  const before = world.dns.asked.length;
  await world.clock.advance(59_999);
  assert.equal(world.dns.asked.length, before);
  await world.clock.advance(1);
  await until('peers', () => peers.addresses().length === 3);
  assert.deepEqual(peers.addresses(), addressed(two, three, four));
  assert.deepEqual(world.asked.filter((address) => address === `localhost:${one}`).length, 1);
});

test('a name service that fails or knows nothing is a trouble and nothing else', async () => {
  await using world = await openWorld();
  const port = await world.serve({ storerKey: key(1) });
  world.dns.failure = 2;
  const peers = world.look();
  await world.clock.untilSleeping(1);
  assert.match(world.troubles[0] ?? '', /does not tell the nodes of mynet\.example.*ESERVFAIL/);
  world.dns.failure = undefined;
  await world.clock.advance(60_000);
  await world.clock.untilSleeping(1);
  assert.match(world.troubles[1] ?? '', /mynet\.example has no SRV records/);
  world.dns.records.set(STORAGE, [at(port), at(1)]);
  await world.clock.advance(60_000);
  await world.clock.untilSleeping(1);
  assert.deepEqual(peers.addresses(), addressed(port));
  assert.match(world.troubles[2] ?? '', /localhost:1\b/);
});

test('a fixed list takes the place of DNS', async () => {
  await using world = await openWorld();
  const port = await world.serve({ storerKey: key(1) });
  world.dns.records.set(STORAGE, [at(await world.serve({ storerKey: key(2) }))]);
  const peers = world.look({ fixed: addressed(port) });
  await until('peers', () => peers.addresses().length > 0);
  assert.deepEqual(peers.addresses(), addressed(port));
  assert.deepEqual([world.dns.asked, world.clock.sleepers], [[], 0]);
});

test('closing cuts off questions that run, and tells no trouble', async () => {
  await using world = await openWorld();
  world.dns.records.set(STORAGE, [at(7)]);
  const hanging = deferred<void>();
  const peers = world.look({
    ask: (_, signal) => {
      hanging.resolve();
      return untilAborted(signal);
    },
  });
  await hanging.promise;
  await peers.close();
  await peers.close();
  assert.deepEqual(world.troubles, []);
});

test('the name of a network is asked when it is a domain name', () => {
  assert.equal(domainOf('mynet.example'), 'mynet.example');
  for (const other of ['mynet', 'my net.example', 'mynet..example', '.example', `${'a'.repeat(64)}.example`])
    assert.equal(domainOf(other), undefined);
});
