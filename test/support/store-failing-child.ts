import { rmSync, writeFileSync, writeSync } from 'node:fs';
import { embeddedAdapter } from './store-adapters.ts';
import { makeChunk, makeQuickFile, stageObject, storeObject } from './store-objects.ts';
import { assertWhole, codeOf, readChunk } from './store-reading.ts';

// Works on a store, makes the disk fail by writing the switch file, and reports what became of each call as JSON on standard output.

const [, , adapter, directory = '', fault = ''] = process.argv;
const control = process.env['FAIL_SWITCH'] ?? '';

const store = await embeddedAdapter(adapter).open({ directory });
const [before, during, after] = [makeChunk('before'), makeChunk('during'), makeChunk('after')];
const file = makeQuickFile('before', 100_000);
const late = makeQuickFile('late', 100_000);
await store.setChunk(before);
await storeObject(store, file);
const tag = await stageObject(store, late);

writeFileSync(control, fault);
const failed = {
  set: await codeOf(store.setChunk(during)),
  publish: await codeOf(store.publish(late.id, late.head(tag))),
};
const health = store.health();
rmSync(control); // the disk is well again, but what it lost nobody knows
const refused = {
  set: await codeOf(store.setChunk(after)),
  setHeld: await codeOf(store.setChunk(before)),
  stage: await codeOf(store.stage()),
  publish: await codeOf(store.publish(late.id, late.head(tag))),
  removeChunk: await codeOf(store.removeChunk(before.id, before.head)),
  discard: await codeOf(store.discard(tag)),
};
const lateIsThere = (await store.getHead(late.id)) !== undefined;
await assertWhole(store, file);
const chunkIsThere = (await readChunk(store, before.id)) !== undefined;
const close = await codeOf(store.close());
writeSync(1, JSON.stringify({ failed, health, refused, lateIsThere, chunkIsThere, close }));
