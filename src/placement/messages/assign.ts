import { HASH_SIZE } from '../../content/geometry.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import type { Signer } from '../../proof/commitment.ts';
import { MESSAGE_ASSIGN } from '../../proof/message-header.ts';
import { MessageReader } from './message-reader.ts';
import { checkNumber, MessageWriter } from './message-writer.ts';
import { checkProfile } from './object-fields.ts';
import { KEY_SIZE, SIGNATURE_SIZE, signMessage } from './signed-message.ts';

/** The most sources of content that an Assign names. */
const MAX_SOURCES = 8;
/** `host:port` as bytes: visible ASCII. */
const SOURCE = /^[\x21-\x7e]{1,255}$/;

/** "Fetch the object here, and commit to it in time": the answer of a primary to a claim. */
export interface Assign {
  readonly profile: number;
  /** 32 bytes. */
  readonly networkId: Uint8Array;
  /** 32 bytes. */
  readonly claimHash: Uint8Array;
  /** Rank of the claim, from 0 to 255. */
  readonly place: number;
  /** Milliseconds that the storer has from the arrival of this message on. */
  readonly deadlineMs: number;
  /** `host:port` of 1 to 8 nodes that have the content; 1 to 255 ASCII characters each. */
  readonly sources: readonly string[];
  /** Node key of the primary, which signs, 32 bytes. */
  readonly primaryKey: Uint8Array;
}

/**
 * header(3) ‖ claimHash 32 ‖ u8 place ‖ u32 deadlineMs ‖ u8 s ‖ s × (u8 n ‖ n bytes host:port) ‖ primaryPK 32 ‖ sig 64.
 * @throws ProvenderError `PROVENDER_INVALID`, `PROVENDER_UNSUPPORTED` for fields out of their ranges
 * @see storer-selection.md, section 5
 */
export function encodeAssign(assign: Assign, signer: Signer): Uint8Array {
  const writer = new MessageWriter().header(checkProfile({ ...assign, type: MESSAGE_ASSIGN }));
  writer
    .bytes(assign.claimHash, HASH_SIZE, 'claim hash')
    .u8(assign.place, 'place')
    .u32(assign.deadlineMs, 'deadline in ms');
  writer.u8(checkSources(assign.sources.length));
  for (const source of assign.sources) {
    const bytes = new TextEncoder().encode(checkSource(source));
    writer.u8(bytes.length).bytes(bytes, bytes.length);
  }
  return signMessage(writer.bytes(assign.primaryKey, KEY_SIZE, 'primary key').message(), signer);
}

/**
 * Reads an Assign and checks its form, not its signature (`isSigned` with its primary key does).
 * @throws ProvenderError `PROVENDER_INVALID` for wrong bytes, `PROVENDER_UNSUPPORTED` for an unknown version or profile
 */
export function decodeAssign(bytes: Uint8Array): Assign {
  const reader = new MessageReader(bytes, 'assign');
  const { profile, networkId } = checkProfile(reader.header(MESSAGE_ASSIGN));
  const hash = reader.bytes(HASH_SIZE);
  const [place, deadlineMs] = [reader.u8(), reader.u32()];
  const sources = Array.from({ length: checkSources(reader.u8()) }, () =>
    checkSource(reader.text(reader.u8())),
  );
  const primaryKey = reader.bytes(KEY_SIZE);
  reader.bytes(SIGNATURE_SIZE);
  reader.end();
  return { profile, networkId, claimHash: hash, place, deadlineMs, sources, primaryKey };
}

function checkSource(source: string): string {
  if (SOURCE.test(source)) return source;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `source: ${source.length} characters, needs 1 to 255 of visible ASCII`,
  );
}

function checkSources(count: number): number {
  return checkNumber('sources', count, { least: 1, most: MAX_SOURCES });
}
