import { test } from 'node:test';
import { objectStoreContract } from '../contract/object-store/contract.ts';
import { useCeph, WITH_CEPH } from '../support/ceph-test.ts';
import { radosPlace } from '../support/rados-stores.ts';

const ceph = useCeph();

if (WITH_CEPH.skip === false) {
  objectStoreContract({
    name: 'rados',
    durable: true,
    exactUsage: false,
    async open({ marks } = {}) {
      const { open } = await radosPlace(ceph);
      // No other pod is there to be taken for dead; a busy machine shall not end the own session. What payments hang on waits for the sweep of its session.
      const lazy =
        marks === undefined ? { beatMs: 1000, deadMs: 30_000 } : { beatMs: 200, deadMs: 1000, marks };
      let store = await open(lazy);
      return {
        store,
        async reopen() {
          await store.close();
          store = await open(lazy);
          return store;
        },
        [Symbol.asyncDispose]: () => store.close(),
      };
    },
  });
} else test('rados: the contract of object stores', WITH_CEPH, () => undefined);
