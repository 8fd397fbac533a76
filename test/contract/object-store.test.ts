import { openScratch } from '../support/scratch.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { EMBEDDED, type StoreAdapter } from '../support/store-adapters.ts';
import { objectStoreContract } from './object-store/contract.ts';
import type { StoreHarness } from './object-store/harness.ts';

function embeddedHarness({ name, open }: StoreAdapter): StoreHarness {
  return {
    name,
    durable: true,
    exactUsage: true,
    async open(options = {}) {
      const scratch = await openScratch();
      const directory = scratch.at('store');
      let store = await open({ directory, ...options });
      return {
        store,
        async reopen() {
          await store.close();
          store = await open({ directory, ...options });
          return store;
        },
        async [Symbol.asyncDispose]() {
          await store.close();
          await scratch[Symbol.asyncDispose]();
        },
      };
    },
  };
}

for (const adapter of EMBEDDED) objectStoreContract(embeddedHarness(adapter));

objectStoreContract({
  name: 'memory',
  durable: false,
  exactUsage: true,
  async open() {
    const store = new MemoryObjectStore();
    return { store, reopen: async () => store, [Symbol.asyncDispose]: () => store.close() };
  },
});
