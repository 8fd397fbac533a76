import { utf8ToBytes } from '@noble/hashes/utils.js';
import { TAG_SIZE } from '../../objects/tag.ts';
import { bytesField, countField, optional } from './field-forms.ts';
import { recordForm } from './record-form.ts';

/** Says of an upload that it is paid and has to be published, with all that publishing needs. */
export interface PaidMark {
  readonly replica: number;
  /** 32 bytes. */
  readonly objectId: Uint8Array;
  /** Of the staged data, 8 bytes. */
  readonly tag: Uint8Array;
  readonly head: Uint8Array;
  /** Of a lone chunk: its 4096 replica bytes, which nobody has staged. */
  readonly block?: Uint8Array;
}

const form = recordForm<PaidMark>('paid', {
  replica: countField,
  objectId: bytesField(32),
  tag: bytesField(TAG_SIZE),
  head: bytesField(),
  block: optional(bytesField(4096)),
});

/** The other mark: the data was dropped, so its payment can no longer be committed. @see object-layout.md, section 5 */
const DROP = utf8ToBytes('drop');

/** The value of a `paid/` key. @throws ProvenderError `PROVENDER_INVALID` for a field out of its range */
export function encodePaidMark(mark: PaidMark | 'drop'): Uint8Array {
  return mark === 'drop' ? Uint8Array.from(DROP) : form.encode(mark);
}

/** Reads it. @throws ProvenderError `PROVENDER_CHANNEL` for other bytes or another version */
export function decodePaidMark(bytes: Uint8Array): PaidMark | 'drop' {
  const isDrop = bytes.length === DROP.length && DROP.every((byte, at) => byte === bytes[at]);
  return isDrop ? 'drop' : form.decode(bytes);
}
