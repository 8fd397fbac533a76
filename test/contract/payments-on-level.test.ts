import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { openScratch } from '../support/scratch.ts';
import { paymentContract } from './payments/contract.ts';

// opened once: several replicas in one process share it as they would share a cluster
paymentContract({
  name: 'level',
  badSignatures: 10_000,
  async open() {
    const scratch = await openScratch();
    const store = await LevelStateStore.open({ directory: scratch.at('state') });
    return {
      client: () => Promise.resolve(store),
      async [Symbol.asyncDispose]() {
        await store.close();
        await scratch[Symbol.asyncDispose]();
      },
    };
  },
});
