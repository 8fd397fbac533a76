import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { startAnvil } from '../../../src/cli/devnet/evm/anvil.ts';
import type { EvmChainReaderOptions } from '../../../src/payments/chain/evm-chain-reader.ts';
import { EvmChainReader } from '../../../src/payments/chain/evm-chain-reader.ts';
import { type Evm, startEvm } from '../../support/evm.ts';
import { type RpcProxy, startRpcProxy } from '../../support/rpc-proxy.ts';

let evm: Evm;
let channelId: bigint;
let failures: string[];
before(async () => {
  evm = await startEvm();
  channelId = await evm.open({ value: 77n });
});
after(() => evm.close());
beforeEach(() => {
  failures = [];
});

function open(
  endpoints: readonly string[],
  options: Partial<EvmChainReaderOptions> = {},
): Promise<EvmChainReader> {
  const { mpe, evmChainId } = evm.escrow;
  const events = {
    failed: ({ endpoint, reason }: { endpoint: string; reason: string }) =>
      void failures.push(`${endpoint} ${reason}`),
  };
  return EvmChainReader.open({ endpoints, mpe, evmChainId, events, ...options });
}

/** Nothing listens there: the port was free a moment ago and needs rights. */
const NOBODY = 'http://127.0.0.1:1';
const unreadable = {
  code: 'PROVENDER_CHANNEL',
  get message(): string {
    return `cannot read channel {ID: ${channelId}} from the blockchain`;
  },
};

test('an endpoint of another EVM chain is refused at open, also as the second one', async () => {
  await using other = await startAnvil({ evmChainId: 5n });
  const refused = { code: 'PROVENDER_CONFIG', message: /has EVM chain id 5, expected 31337/ };
  await assert.rejects(open([other.url]), refused);
  await assert.rejects(open([evm.url, other.url]), refused);
});

test('an endpoint that starts to serve another chain behind the same address is not believed', async () => {
  await using proxy = await startRpcProxy(evm.url);
  await using reader = await open([proxy.url]);
  proxy.answer = () => 'hang up';
  await assert.rejects(reader.read(channelId), unreadable);
  proxy.answer = ({ method }) => (method === 'eth_chainId' ? { result: '0x1' } : undefined);
  await assert.rejects(reader.read(channelId), unreadable);
  assert.match(failures.at(-1) ?? '', /has EVM chain id 1, expected 31337/);
  proxy.answer = () => undefined;
  assert.equal((await reader.read(channelId))?.value, 77n);
});

test('no contract at the address is refused at open', async () => {
  const mpe = `0x${'ab'.repeat(20)}` as const;
  await assert.rejects(open([evm.url], { mpe }), { code: 'PROVENDER_CONFIG', message: new RegExp(mpe) });
});

test('no endpoint, and one that is no http URL, are refused; a key in it is not shown', async () => {
  await assert.rejects(open([]), { code: 'PROVENDER_CONFIG' });
  await assert.rejects(open(['wss://user:secret-key@host/']), (error: Error) => {
    assert.ok(isProvenderError(error, 'PROVENDER_CONFIG'));
    assert.match(error.message, /^RPC endpoint 1 is not/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test('while no endpoint answers the reader opens, knows no block and reads nothing; it works as soon as one does', async () => {
  await using proxy = await startRpcProxy(evm.url);
  proxy.answer = () => 'not yet';
  await using reader = await open([NOBODY, proxy.url], { pollMs: 20 });
  assert.throws(() => reader.currentBlock(), { message: 'cannot determine current block' });
  await assert.rejects(reader.read(channelId), unreadable);
  await assert.rejects(reader.ending(channelId, 0n), { code: 'PROVENDER_CHANNEL' });
  proxy.answer = () => undefined;
  assert.equal((await reader.read(channelId))?.value, 77n);
  assert.equal(reader.currentBlock(), await evm.calls.blockNumber());
});

test('endpoints are asked in their order, the next one when one fails, and the first one again later', async () => {
  await using first = await startRpcProxy(evm.url);
  await using second = await startRpcProxy(evm.url);
  const wakes: (() => void)[] = [];
  const sleep = (_ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      wakes.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  await using reader = await open([first.url, second.url], { clock: { now: () => 0, sleep } });
  const asked = async (): Promise<[number, number]> => {
    [first, second].forEach((proxy) => proxy.asked.splice(0));
    assert.equal((await reader.read(channelId))?.value, 77n);
    return [first.asked.length, second.asked.length];
  };
  assert.deepEqual(await asked(), [4, 0], 'the number of channels, and this one');
  assert.deepEqual(await asked(), [2, 0]);
  first.answer = () => ({ error: { code: -32005, message: 'too many requests' } });
  assert.deepEqual(await asked(), [1, 2]);
  assert.deepEqual(await asked(), [0, 2]);
  first.answer = () => undefined;
  assert.deepEqual(await asked(), [0, 2]);
  while (wakes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  wakes.pop()?.();
  while (wakes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await asked(), [2, 0]);
});

test('an endpoint that takes a request and never answers is given up after the limit', async () => {
  await using proxy = await startRpcProxy(evm.url);
  await using reader = await open([proxy.url, evm.url], { timeoutMs: 300 });
  proxy.answer = () => 'hang';
  assert.equal((await reader.read(channelId))?.value, 77n);
  assert.match(failures.at(-1) ?? '', /does not answer eth_blockNumber within 300 ms/);
});

test('what is no answer of Ethereum is refused', async (t) => {
  await using proxy = await startRpcProxy(evm.url);
  await using reader = await open([proxy.url]);
  assert.equal((await reader.read(channelId))?.value, 77n);
  const word = '0'.repeat(64);
  const view = (await rawView(proxy)).slice(2);
  const dirty = `0x${view.slice(0, 64)}ff${view.slice(66)}`;
  const answers: Record<string, [method: string, answer: object | string]> = {
    'no JSON': ['eth_call', '<html>'],
    'no object': ['eth_call', '[]'],
    'no result': ['eth_call', {}],
    null: ['eth_call', { result: null }],
    'a number': ['eth_call', { result: 7 }],
    'no hex': ['eth_call', { result: '0xzz' }],
    'half a byte': ['eth_call', { result: '0x123' }],
    'no contract': ['eth_call', { result: '0x' }],
    'six words': ['eth_call', { result: `0x${view.slice(64)}` }],
    'eight words': ['eth_call', { result: `0x${view}${word}` }],
    'an address of more than 20 bytes': ['eth_call', { result: dirty }],
    'a decimal block': ['eth_blockNumber', { result: '123' }],
    'a negative block': ['eth_blockNumber', { result: '-0x1' }],
    'a block above 2^256': ['eth_blockNumber', { result: `0x1${word}` }],
  };
  for (const [name, [method, answer]] of Object.entries(answers)) {
    await t.test(name, async () => {
      proxy.answer = (request) => (request.method === method ? answer : undefined);
      await assert.rejects(reader.read(channelId), unreadable);
    });
  }
  proxy.answer = () => undefined;
  assert.equal((await reader.read(channelId))?.value, 77n);
});

test('events of another contract, of another channel, or taken back by a reorganisation end no nonce', async () => {
  await using proxy = await startRpcProxy(evm.url);
  await using reader = await open([proxy.url]);
  const id = await evm.open({ value: 5n, expiration: 1n });
  await evm.calls.claimTimeout(evm.client, id);
  const real = await reader.ending(id, 0n);
  assert.equal(real.is, 'timed-out');
  const logs = await rawLogs(proxy, id);
  const changed = (change: object): void => {
    proxy.answer = ({ method }) =>
      method === 'eth_getLogs' ? { result: logs.map((log) => ({ ...log, ...change })) } : undefined;
  };
  changed({});
  assert.equal((await reader.ending(id, 0n)).is, 'timed-out');
  changed({ address: `0x${'11'.repeat(20)}` });
  assert.deepEqual(await reader.ending(id, 0n), { is: 'unknown' });
  changed({ removed: true });
  assert.deepEqual(await reader.ending(id, 0n), { is: 'unknown' });
  assert.deepEqual(await reader.ending(id + 1n, 0n), { is: 'unknown' });
  changed({ data: '0x' });
  await assert.rejects(reader.ending(id, 0n), { code: 'PROVENDER_CHANNEL' });
});

test('an endpoint that lists only few blocks at a time is asked for few; one that lists none leaves the ending unknown', async () => {
  await using proxy = await startRpcProxy(evm.url);
  await using reader = await open([proxy.url]);
  const id = await evm.open({ value: 5n, expiration: 1n });
  await evm.calls.claimTimeout(evm.client, id);
  await evm.calls.mine(300);
  proxy.answer = ({ method, params }) => {
    const [filter] = params;
    if (method !== 'eth_getLogs' || typeof filter !== 'object' || filter === null) return undefined;
    const { fromBlock, toBlock } = { fromBlock: '0x0', toBlock: '0x0', ...filter };
    const isWide = Number(toBlock) - Number(fromBlock) >= 100;
    return isWide ? { error: { code: -32602, message: 'block range is too wide' } } : undefined;
  };
  assert.equal((await reader.ending(id, 0n)).is, 'timed-out');
  proxy.answer = ({ method }) =>
    method === 'eth_getLogs' ? { error: { code: -32601, message: 'not for you' } } : undefined;
  assert.deepEqual(await reader.ending(id, 0n), { is: 'unknown' });
  proxy.answer = ({ method }) => (method === 'eth_getLogs' ? 'gone' : undefined);
  await assert.rejects(reader.ending(id, 0n), { code: 'PROVENDER_CHANNEL' });
});

test('nothing of a URL but its host is in an error or an event', async () => {
  const key = 'a1b2c3d4e5f6';
  await using proxy = await startRpcProxy(evm.url, `/v3/${key}?token=query-secret`);
  const url = proxy.url.replace('http://', 'http://user-name:pass%20word@');
  await using reader = await open([url], { timeoutMs: 300 });
  const answers: (object | string)[] = [
    {
      error: {
        code: 1,
        message: `project ${key} has no rights, ${url}, Basic pass word user-name query-secret`,
      },
    },
    'no JSON',
    'hang',
    { result: 7 },
  ];
  for (const answer of answers) {
    proxy.answer = () => answer;
    await assert.rejects(reader.read(channelId), (error: Error) => {
      failures.push(allOf(error));
      return true;
    });
  }
  assert.ok(failures.length >= 8);
  for (const text of failures) assert.doesNotMatch(text, /a1b2|query-|user-|pass/);
});

test('who asks for channels that are not there has the chain asked ten times a second at most; a new channel is found at once', async () => {
  await using proxy = await startRpcProxy(evm.url);
  await using reader = await open([proxy.url]);
  await reader.read(channelId);
  proxy.asked.splice(0);
  const start = performance.now();
  const absent = Array.from({ length: 1_000 }, (_, i) => reader.read(2n ** 200n + BigInt(i)));
  const opened = await evm.open({ value: 5n });
  assert.ok((await Promise.all(absent)).every((view) => view === undefined));
  assert.equal((await reader.read(opened))?.value, 5n);
  const questions = 2 + (performance.now() - start) / 100;
  assert.ok(proxy.asked.length <= 2 * questions + 2, `${proxy.asked.length} requests`);
  proxy.answer = () => 'away';
  const refused = await Promise.allSettled([1n, 2n].map((more) => reader.read(opened + more)));
  for (const [i, one] of refused.entries())
    assert.match(
      one.status === 'rejected' ? String(one.reason) : '',
      new RegExp(`cannot read channel {ID: ${opened + BigInt(i) + 1n}} from the blockchain`),
    );
});

test('a reader that is closed refuses, and what it was asked ends', async () => {
  await using proxy = await startRpcProxy(evm.url);
  const reader = await open([proxy.url]);
  proxy.answer = () => 'hang';
  const asked = reader.read(channelId);
  await reader.close();
  await assert.rejects(asked, { code: 'PROVENDER_CANCELLED' });
  await assert.rejects(reader.read(channelId), { code: 'PROVENDER_CLOSED' });
  await reader.close();
});

test('a caller that gives up gets its answer at once', async () => {
  await using proxy = await startRpcProxy(evm.url);
  await using reader = await open([proxy.url]);
  proxy.answer = () => 'hang';
  const caller = new AbortController();
  const asked = reader.read(channelId, { signal: caller.signal });
  caller.abort();
  await assert.rejects(asked, { code: 'PROVENDER_CANCELLED' });
});

/** Text, stack and all fields of an error and its causes. */
function allOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors : [];
  return [String(error.stack), JSON.stringify(error), allOf(error.cause), ...inner.map(allOf)].join('\n');
}

async function rawView(proxy: RpcProxy): Promise<string> {
  const data = `0x7a7ebd7b${channelId.toString(16).padStart(64, '0')}`;
  const result = await raw(proxy, 'eth_call', [{ to: evm.escrow.mpe, data }, 'latest']);
  return String(result);
}

async function rawLogs(proxy: RpcProxy, id: bigint): Promise<object[]> {
  const filter = {
    fromBlock: '0x0',
    address: evm.escrow.mpe,
    topics: [null, `0x${id.toString(16).padStart(64, '0')}`],
  };
  const logs = await raw(proxy, 'eth_getLogs', [filter]);
  assert.ok(Array.isArray(logs));
  return logs;
}

async function raw(proxy: RpcProxy, method: string, params: unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const answer = await fetch(proxy.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const parsed: unknown = await answer.json();
  return typeof parsed === 'object' && parsed !== null && 'result' in parsed ? parsed.result : undefined;
}
