import { OBJECT_KIND, type ObjectId, objectId, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { GetFileResponse } from '../../generated/provender/v1/file_service.ts';
import { TreeBuilder } from '../../proof/tree-builder.ts';

/** Why a stream of a file is not whole. */
function cutOff(id: ObjectId, found: number, expected: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_CORRUPT',
    `file ${objectIdHex(id)}: the stream ended after ${found} of ${expected} bytes: repeat the call`,
    { details: { found, expected } },
  );
}

/**
 * Gives the bytes of a file's messages and checks that they are all there: a stream without its summary, or with another number of
 * bytes than its head said, is an error and never an end.
 *
 * @throws ProvenderError `PROVENDER_CORRUPT`
 */
export async function* wholeData(
  id: ObjectId,
  length: number,
  messages: AsyncIterable<GetFileResponse>,
): AsyncGenerator<Uint8Array, void> {
  let sent = 0;
  let summary: bigint | undefined;
  for await (const message of messages) {
    if (message.head !== undefined || summary !== undefined) throw cutOff(id, sent, length);
    summary = message.summary?.sizeBytes;
    if (message.data.length === 0) continue;
    sent += message.data.length;
    if (sent > length) throw cutOff(id, sent, length);
    yield message.data;
  }
  if (summary !== BigInt(sent) || sent !== length) throw cutOff(id, sent, length);
}

/**
 * Hashes a whole file on its way and checks it at the end against its id.
 * @throws ProvenderError `PROVENDER_CORRUPT` after the last byte, when the bytes are those of another file
 */
export async function* checkedData(
  id: ObjectId,
  data: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  const tree = new TreeBuilder();
  for await (const piece of data) {
    tree.update(piece);
    yield piece;
  }
  const { sizeBytes, dataRoot } = tree.finish();
  const found = objectId({ kind: OBJECT_KIND.file, sizeBytes, count: 1, dataRoot });
  if (objectIdHex(found) === objectIdHex(id)) return;
  throw new ProvenderError(
    'PROVENDER_CORRUPT',
    `file ${objectIdHex(id)}: the bytes that came are those of ${objectIdHex(found)}: ask another storer`,
  );
}
