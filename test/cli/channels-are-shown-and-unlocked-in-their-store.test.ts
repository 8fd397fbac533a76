import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PaymentKeys } from '../../src/payments/payment-keys.ts';
import { encodeChannel } from '../../src/payments/records/channel-record.ts';
import { encodeClaim } from '../../src/payments/records/claim-record.ts';
import { encodeLife } from '../../src/payments/records/life-record.ts';
import { encodeLock } from '../../src/payments/records/lock-record.ts';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { startEtcdCluster } from '../support/etcd-cluster.ts';
import { type CliResult, runCli } from '../support/node-process.ts';
import { aRecord, filled, GROUP, MPE, SENDER } from '../support/payment-fixtures.ts';
import { openScratch } from '../support/scratch.ts';

const KEYS = new PaymentKeys({ network: 'main', organization: 'one', groupId: GROUP, mpe: MPE });
const OTHER = new PaymentKeys({ network: 'main', organization: 'two', groupId: GROUP, mpe: MPE });
const LIVES = [filled(16, 1), filled(16, 2)] as const;

/** Channel 42, which a living replica has, 43, which a dead one has, with a claim, and 42 of another organization. */
async function fill(state: StateStore): Promise<void> {
  const lock = (life: Uint8Array): Uint8Array =>
    encodeLock({ replica: 3, life, op: filled(16, 9), method: 'SetFile', startedUnixMs: Date.now() - 5000 });
  const signature = filled(65, 7);
  await state.txn({
    then: [
      { put: KEYS.channel(42n), value: encodeChannel(aRecord()) },
      { put: KEYS.lock(42n), value: lock(LIVES[0]) },
      { put: KEYS.life(LIVES[0]), value: encodeLife({ replica: 3, lease: 'x' }) },
      { put: KEYS.channel(43n), value: encodeChannel(aRecord({ channelId: 43n, nonce: 6n })) },
      { put: KEYS.claim(43n), value: encodeClaim({ nonce: 5n, amount: 9n, signature, startBlock: 500n }) },
      { put: KEYS.lock(43n), value: lock(LIVES[1]) },
      { put: OTHER.channel(42n), value: encodeChannel(aRecord()) },
    ],
  });
}

function lines(result: CliResult): Record<string, unknown>[] {
  const text = result.stdout.toString().trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
}

test('channels of an etcd are listed with who has them, and a lock is deleted only when its holder is gone', async () => {
  await using etcd = await startEtcdCluster({ members: 1 });
  const [endpoint = ''] = etcd.endpoints;
  await using state = await EtcdStateStore.open({ endpoints: etcd.endpoints });
  await fill(state);
  await etcd.etcdctl('put', '/one/group/payment-channel/storage/{ID: 1}', 'gob');
  const store = ['--state-store', 'etcd', '--etcd-endpoints', new URL(endpoint).host];
  const [locked, alive, dead] = await Promise.all([
    runCli(['--json', 'channel', 'list', '--locked', ...store]),
    runCli(['channel', 'unlock', '42', ...store]),
    runCli(['--json', 'channel', 'unlock', '43', ...store]),
  ]);
  assert.deepEqual(
    lines(locked)
      .filter(({ channel }) => channel === '42')
      .map(({ organization, nonce, amount }) => [organization, nonce, amount]),
    [['one', '5', '20']],
  );
  assert.equal(alive.code, 3);
  assert.match(alive.stderr, /locked by replica 3 \(alive\) for \d+ s: SetFile/);
  assert.match(alive.stderr, /give --force/);
  assert.equal(lines(dead)[0]?.['unlocked'], true, dead.stderr);
  assert.equal(await state.get(KEYS.lock(43n)), undefined);
  assert.ok((await state.get(KEYS.lock(42n))) !== undefined);
  const [forced, listed] = await Promise.all([
    runCli(['--json', 'channel', 'unlock', '42', '--force', ...store]),
    runCli(['channel', 'list', ...store]),
  ]);
  assert.equal(lines(forced)[0]?.['unlocked'], true, forced.stderr);
  assert.match(listed.stderr, /channels: 3, payment groups: 2/);
  assert.match(listed.stderr, /channels of a SingularityNET daemon, which are not read/);
});

test('an embedded store is looked at while its node does not run; no signature is shown', async () => {
  await using scratch = await openScratch();
  {
    await using state = await LevelStateStore.open({ directory: scratch.at('state') });
    await fill(state);
  }
  const store = ['--data-dir', scratch.path];
  const shown = await runCli(['--json', 'channel', 'show', '43', ...store]);
  const [channel] = lines(shown);
  assert.deepEqual(channel?.['claim'], { nonce: '5', amount: '9' }, shown.stderr);
  assert.equal(channel?.['sender'], SENDER);
  assert.doesNotMatch(shown.stdout.toString(), /signature|07{8}/);
  const none = await runCli(['channel', 'show', '7', ...store]);
  assert.equal(none.code, 3);
  const nowhere = await runCli(['channel', 'list', '--data-dir', scratch.at('nowhere')]);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /no state store there/);
});
