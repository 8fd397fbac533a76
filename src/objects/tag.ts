import { ProvenderError } from '../content/provender-error.ts';

/** Names staged or published data: u32 session ‖ u32 number, big-endian, 8 bytes. Never used twice. */
export type Tag = Uint8Array & { readonly __brand: 'Tag' };

/** Bytes of a tag. */
export const TAG_SIZE = 8;

/** Makes the tag of staging `number` (from 1) of session `session` (from 1). @see object-layout.md, section 1 */
export function makeTag(session: number, number: number): Tag {
  const tag = new Uint8Array(TAG_SIZE);
  const view = new DataView(tag.buffer);
  view.setUint32(0, session);
  view.setUint32(4, number);
  return tag as Tag;
}

/** The tag of a lone chunk's head. */
export const TAG_LONE: Tag = makeTag(0, 0);

/** Takes 8 bytes as a tag. @throws ProvenderError `PROVENDER_CORRUPT` for another length */
export function parseTag(bytes: Uint8Array): Tag {
  if (bytes.length !== TAG_SIZE)
    throw new ProvenderError('PROVENDER_CORRUPT', `tag of ${bytes.length} bytes, not ${TAG_SIZE}`);
  return bytes as Tag;
}

/** `AAAAAAAA.ssssssss` in hex, the form for names and logs. */
export function tagName(tag: Tag): string {
  const view = new DataView(tag.buffer, tag.byteOffset, TAG_SIZE);
  const hex = (value: number): string => value.toString(16).padStart(8, '0');
  return `${hex(view.getUint32(0))}.${hex(view.getUint32(4))}`;
}
