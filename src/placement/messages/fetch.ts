import { byteCount, HASH_SIZE, MAX_OBJECT_SIZE } from '../../content/geometry.ts';
import type { Signer } from '../../proof/commitment.ts';
import { MESSAGE_FETCH } from '../../proof/message-header.ts';
import { MessageReader } from './message-reader.ts';
import { checkNumber, MessageWriter } from './message-writer.ts';
import { checkProfile } from './object-fields.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from './signed-message.ts';

/** "Send me the content that I am assigned to", signed by the storer. */
export interface FetchRequest {
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** 32 bytes. */
  readonly claimHash: Uint8Array;
  /** First byte that is wanted. */
  readonly offset: number;
  /** Node key of the storer, which signs, 32 bytes. */
  readonly storerKey: Uint8Array;
}

/**
 * header(15) ‖ claimHash 32 ‖ u64 offset ‖ storerPK 32 ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for fields out of their ranges
 * @see rounds.md, "Fetching"
 */
export function encodeFetch(fetch: FetchRequest, signer: Signer): Uint8Array {
  const unsigned = new MessageWriter()
    .header(checkProfile({ ...fetch, type: MESSAGE_FETCH }))
    .bytes(fetch.claimHash, HASH_SIZE, 'claim hash')
    .u64(BigInt(checkNumber('offset', fetch.offset, { least: 0, most: MAX_OBJECT_SIZE })))
    .bytes(fetch.storerKey, KEY_SIZE, 'storer key')
    .message();
  return signMessage(unsigned, signer);
}

/**
 * Reads a FetchRequest and checks its form, not its signature (`isSigned` with its storer key does).
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeFetch(bytes: Uint8Array): FetchRequest {
  const reader = new MessageReader(bytes, 'fetch request');
  const { profile, networkId } = checkProfile(reader.header(MESSAGE_FETCH));
  const hash = reader.bytes(HASH_SIZE);
  const offset = byteCount(reader.u64(), 'offset');
  const storerKey = reader.bytes(KEY_SIZE);
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  return { profile, networkId, claimHash: hash, offset, storerKey };
}
