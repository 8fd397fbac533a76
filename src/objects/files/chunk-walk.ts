import { type ObjectId, objectIdHex, parseObjectId } from '../../content/object-id.ts';
import type { FileArea } from './file-area.ts';

const ID_NAME = /^[0-9a-f]{64}$/;

/**
 * Ids of the lone chunks above `after` in ascending order. Reads one folder at a time, so that neither memory nor the first id wait for the
 * others. Names that are no ids are passed over.
 */
export async function* walkChunks(files: FileArea, after?: ObjectId): AsyncGenerator<ObjectId> {
  const from = after === undefined ? '' : objectIdHex(after);
  for (const first of await namesFrom(files, 'c', from.slice(0, 2))) {
    const second = first === from.slice(0, 2) ? from.slice(2, 4) : '';
    for (const folder of await namesFrom(files, `c/${first}`, second)) {
      for (const name of (await files.names(`c/${first}/${folder}`)) ?? []) {
        if (name > from && ID_NAME.test(name)) yield parseObjectId(name);
      }
    }
  }
}

async function namesFrom(files: FileArea, path: string, from: string): Promise<readonly string[]> {
  const names = (await files.names(path)) ?? [];
  return names.filter((name) => name >= from);
}
