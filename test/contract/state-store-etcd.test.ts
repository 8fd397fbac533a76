import { after } from 'node:test';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { type EtcdCluster, startEtcdCluster } from '../support/etcd-cluster.ts';
import { stateStoreContract } from './state-store-contract.ts';

let started: Promise<EtcdCluster> | undefined;
after(async () => (await started)?.close());

stateStoreContract({
  name: 'etcd',
  tools: ['etcd', 'etcdctl'],
  async open() {
    started ??= startEtcdCluster({ members: 1 });
    const cluster = await started;
    await cluster.etcdctl('del', '', '--prefix');
    const { endpoints } = cluster;
    let store = await EtcdStateStore.open({ endpoints });
    return {
      store,
      async reopen() {
        await store.close();
        store = await EtcdStateStore.open({ endpoints });
        return store;
      },
      async holdStill(ms) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      },
      [Symbol.asyncDispose]: () => store.close(),
    };
  },
});
