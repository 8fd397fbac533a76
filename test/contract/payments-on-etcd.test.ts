import { after, before } from 'node:test';
import { EtcdStateStore } from '../../src/state/etcd/etcd-state-store.ts';
import { type EtcdCluster, startEtcdCluster } from '../support/etcd-cluster.ts';
import { paymentContract } from './payments/contract.ts';

let cluster: EtcdCluster | undefined;

before(async () => {
  cluster = await startEtcdCluster({ members: 1 });
});

after(async () => {
  await cluster?.close();
});

// one cluster for all tests; each has an organization, and so a root, of its own
paymentContract({
  name: 'etcd',
  badSignatures: 1000,
  open: () => {
    const { endpoints = [] } = cluster ?? {};
    const stores: EtcdStateStore[] = [];
    return Promise.resolve({
      async client() {
        const store = await EtcdStateStore.open({ endpoints });
        stores.push(store);
        return store;
      },
      async [Symbol.asyncDispose]() {
        for (const store of stores) await store.close();
      },
    });
  },
});
