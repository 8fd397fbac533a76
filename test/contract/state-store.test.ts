import { LevelStateStore } from '../../src/state/level/level-state-store.ts';
import { openScratch } from '../support/scratch.ts';
import { stateStoreContract } from './state-store-contract.ts';

stateStoreContract({
  name: 'level',
  async open() {
    const scratch = await openScratch();
    const directory = scratch.at('state');
    let store = await LevelStateStore.open({ directory });
    return {
      store,
      async reopen() {
        await store.close();
        store = await LevelStateStore.open({ directory });
        return store;
      },
      async holdStill(ms) {
        // stops this thread, timers and all, as a stopped process is
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      },
      async [Symbol.asyncDispose]() {
        await store.close();
        await scratch[Symbol.asyncDispose]();
      },
    };
  },
});
