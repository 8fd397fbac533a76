import { isProvenderError } from '../content/provender-error.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { StoreMetrics } from '../telemetry/store-metrics.ts';

/**
 * Gives a store whose operations are counted and timed; all else is that of `store`. The operations are named as the port names them.
 * What fails inside an answer (a damaged chunk among others) is no failed operation.
 */
export function observedStore(store: ObjectStore, metrics: StoreMetrics): ObjectStore {
  const observed = <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    const ended = metrics.operationStarted(operation);
    return work().then(
      (result) => {
        ended('OK');
        return result;
      },
      (error: unknown) => {
        ended(isProvenderError(error) ? error.code : 'PROVENDER_INTERNAL');
        throw error;
      },
    );
  };
  return {
    adapter: store.adapter,
    setChunk: (chunk) => observed('setChunk', () => store.setChunk(chunk)),
    getChunks: (ids) => observed('getChunks', () => store.getChunks(ids)),
    removeChunk: (id, seen) => observed('removeChunk', () => store.removeChunk(id, seen)),
    replaceChunk: (chunk, seen) => observed('replaceChunk', () => store.replaceChunk(chunk, seen)),
    stage: (options) => observed('stage', () => store.stage(options)),
    writeStripe: (tag, stripe, bytes, rows) =>
      observed('writeStripe', () => store.writeStripe(tag, stripe, bytes, rows)),
    writeRoots: (tag, bytes) => observed('writeRoots', () => store.writeRoots(tag, bytes)),
    discard: (tag) => observed('discard', () => store.discard(tag)),
    prepare: (id, head) => observed('prepare', () => store.prepare(id, head)),
    settle: (id, head, what) => observed('settle', () => store.settle(id, head, what)),
    publish: (id, head) => observed('publish', () => store.publish(id, head)),
    replace: (id, head, seen) => observed('replace', () => store.replace(id, head, seen)),
    getHead: (id) => observed('getHead', () => store.getHead(id)),
    remove: (id, seen) => observed('remove', () => store.remove(id, seen)),
    readStripe: (tag, stripe, extents, memory) =>
      observed('readStripe', () => store.readStripe(tag, stripe, extents, memory)),
    readRoots: (tag) => observed('readRoots', () => store.readRoots(tag)),
    findChunk: (id) => observed('findChunk', () => store.findChunk(id)),
    list: (what, page) => observed('list', () => store.list(what, page)),
    usage: () => store.usage(),
    health: () => store.health(),
    quarantine: (mark) => observed('quarantine', () => store.quarantine(mark)),
    quarantined: () => observed('quarantined', () => store.quarantined()),
    close: (options) => store.close(options),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
