import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRpcNode } from '../support/rpc-node.ts';
import { allOf, memberNode, SOME_FACTS, scriptedServices, ScriptedView } from '../support/rpc-network.ts';

test('a network is told with all that it is', async () => {
  const network = scriptedServices();
  await using node = await openRpcNode({ network });
  assert.deepEqual(await node.client.network.facts(), SOME_FACTS);
  const facts = { ...SOME_FACTS, isPrimary: false, isStorer: true, fault: 'two rounds with number 5' };
  await using other = await openRpcNode({ network: { ...network, view: new ScriptedView(facts, []) } });
  assert.deepEqual(await other.client.network.facts(), facts);
});

test('a node is found by its key', async () => {
  await using node = await openRpcNode({ network: scriptedServices() });
  const calls = node.client.network;
  assert.deepEqual(await calls.node(new Uint8Array(32).fill(2)), {
    node: memberNode(2),
    epoch: SOME_FACTS.epoch,
  });
  await assert.rejects(calls.node(new Uint8Array(32).fill(77)), {
    code: 'PROVENDER_NOT_FOUND',
    message: /4d4d4d.* is not registered/,
  });
  await assert.rejects(calls.node(new Uint8Array(31)), {
    code: 'PROVENDER_INVALID',
    message: /node key: 31 bytes, not 32/,
  });
});

test('all nodes come in pages, in the order of their keys, each once', async () => {
  const members = Array.from({ length: 2100 }, (_, i) => ({
    ...memberNode(1),
    storerKey: new Uint8Array(32)
      .fill(7)
      .with(0, i & 0xff)
      .with(1, i >> 8),
  }));
  const network = { ...scriptedServices(), view: new ScriptedView(SOME_FACTS, members) };
  await using node = await openRpcNode({ network });
  const pages = await allOf(node.client.network.nodes());
  assert.deepEqual(
    pages.map(({ nodes }) => nodes.length),
    [1000, 1000, 100],
  );
  assert.deepEqual(
    pages.flatMap(({ nodes }) => nodes),
    network.view.members,
  );
  assert.deepEqual(pages[2]?.epoch, SOME_FACTS.epoch);
});

test('a network of nobody is an empty list', async () => {
  const network = { ...scriptedServices(), view: new ScriptedView(SOME_FACTS, []) };
  await using node = await openRpcNode({ network });
  assert.deepEqual(await allOf(node.client.network.nodes()), [{ nodes: [], epoch: SOME_FACTS.epoch }]);
});
