import { MemoryObjectStore } from './memory-object-store.ts';

type Method<K extends keyof MemoryObjectStore> = MemoryObjectStore[K] extends (...args: infer A) => infer R
  ? (...args: A) => R
  : never;

/** A memory store that calls `onStep` before each change of it, for tests of what happens between any two. */
export class StepStore extends MemoryObjectStore {
  /** Throws to make the step fail. */
  onStep: (step: string) => void = () => undefined;

  override async setChunk(...args: Parameters<Method<'setChunk'>>): ReturnType<Method<'setChunk'>> {
    this.onStep('setChunk');
    return super.setChunk(...args);
  }

  override async stage(...args: Parameters<Method<'stage'>>): ReturnType<Method<'stage'>> {
    this.onStep('stage');
    return super.stage(...args);
  }

  override async writeStripe(...args: Parameters<Method<'writeStripe'>>): Promise<void> {
    this.onStep('writeStripe');
    return super.writeStripe(...args);
  }

  override async writeRoots(...args: Parameters<Method<'writeRoots'>>): Promise<void> {
    this.onStep('writeRoots');
    return super.writeRoots(...args);
  }

  override async prepare(...args: Parameters<Method<'prepare'>>): ReturnType<Method<'prepare'>> {
    this.onStep('prepare');
    return super.prepare(...args);
  }

  override async publish(...args: Parameters<Method<'publish'>>): ReturnType<Method<'publish'>> {
    this.onStep('publish');
    return super.publish(...args);
  }
}
