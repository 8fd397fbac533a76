import { writeSync } from 'node:fs';
import { embeddedAdapter } from './store-adapters.ts';
import { makeChunk, makeCollection, makeQuickFile, type StoredObject } from './store-objects.ts';

// Does one thing after the other on a store and marks begin and end on standard output, for a trace of system calls.

const [, , adapter, directory = ''] = process.argv;
const mark = (text: string): void => void writeSync(1, `mark: ${text}\n`);

async function marked<T>(name: string, task: () => Promise<T>): Promise<T> {
  mark(`begin ${name}`);
  const result = await task();
  mark(`done ${name}`);
  return result;
}

let store = await embeddedAdapter(adapter).open({ directory });
const chunk = makeChunk('traced');

async function traced(name: string, object: StoredObject): Promise<void> {
  const tag = await marked(`stage ${name}`, () => store.stage());
  for (const [i, stripe] of object.stripes.entries())
    await marked(`stripe ${name} ${i}`, () => store.writeStripe(tag, i, stripe, object.rows[i]));
  const { roots } = object;
  if (roots !== undefined) await marked(`roots ${name}`, () => store.writeRoots(tag, roots));
  await marked(`publish ${name}`, () => store.publish(object.id, object.head(tag)));
  await marked(`remove ${name}`, () => store.remove(object.id, object.head(tag)));
  // Data of what was removed goes in the background; it must not get into the marks of the next operation.
  await store.close();
  store = await embeddedAdapter(adapter).open({ directory });
}

const crowd = Array.from({ length: 64 }, (_, i) => makeChunk(`crowd ${i}`));
await marked('crowd', () => Promise.all(crowd.map((one) => store.setChunk(one))));
await marked('set chunk', () => store.setChunk(chunk));
await marked('remove chunk', () => store.removeChunk(chunk.id, chunk.head));
await traced('file', makeQuickFile('traced', 2 ** 22 + 1));
await traced('collection', makeCollection('traced', 5));
await store.close();
