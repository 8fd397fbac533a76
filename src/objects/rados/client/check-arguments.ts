import { ProvenderError } from '../../../content/provender-error.ts';
import { isShared } from '../../../content/shared-memory.ts';

/** `osd_max_object_name_len`. @see native-addon.md, section 3 */
const MAX_KEY_BYTES = 2048;
/** `osd_max_attr_name_len`. */
const MAX_XATTR_NAME_BYTES = 100;
/** Far above any name of ours; the OSDs have no limit of their own. */
const MAX_OMAP_KEY_BYTES = 65_535;
/** librados counts the bytes of one call in an int. */
export const MAX_CALL_BYTES = 2 ** 30;

function invalid(message: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', message);
}

/**
 * Length of a text in UTF-8, or -1 when it has a NUL (C would cut it silently) or a lone surrogate (two texts would become one).
 * A loop beats `Buffer.byteLength` and two searches for the 20 to 80 characters of a key.
 */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0) return -1;
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 2;
    else {
      const next = text.charCodeAt(at + 1);
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return -1;
      bytes += 2;
      at++;
    }
  }
  return bytes;
}

function checkText(what: string, text: string, limit: number, least = 1): void {
  if (typeof text !== 'string') throw invalid(`${what}: ${typeof text}, must be a string`);
  const bytes = text.length > limit ? text.length : utf8Length(text);
  if (bytes < 0) throw invalid(`${what}: has a NUL or half a surrogate pair; write binary ids as hex`);
  if (bytes < least || bytes > limit)
    throw invalid(`${what}: ${bytes} bytes of UTF-8, must be ${least} to ${limit}`);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless `key` has 1 to 2048 bytes of UTF-8 without NUL */
export function checkKey(key: string): void {
  checkText('key', key, MAX_KEY_BYTES);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless it has 1 to 100 bytes of UTF-8 without NUL */
export function checkXattrName(name: string): void {
  checkText('name of an attribute', name, MAX_XATTR_NAME_BYTES);
}

/** @param least - 0 where an empty key means the beginning. @throws ProvenderError `PROVENDER_INVALID` */
export function checkOmapKey(key: string, least = 1): void {
  checkText('key of a row', key, MAX_OMAP_KEY_BYTES, least);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless it is text that C takes */
export function checkName(what: string, name: string, least = 1): void {
  checkText(what, name, MAX_KEY_BYTES, least);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless `value` is a whole number from `least` to `most` */
export function checkWhole(what: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw invalid(`${what}: ${value}, must be a whole number from ${least} to ${most}`);
  }
}

/** @throws ProvenderError `PROVENDER_INVALID` unless `bytes` is a Uint8Array of at most 1 GiB */
export function checkBytes(what: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw invalid(`${what}: ${typeof bytes}, must be a Uint8Array`);
  if (bytes.length > MAX_CALL_BYTES) throw invalid(`${what}: ${bytes.length} bytes, limit ${MAX_CALL_BYTES}`);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless `into` is a Uint8Array of at least `bytes` */
export function checkRoom(into: Uint8Array | undefined, bytes: number): void {
  if (into === undefined) throw invalid(`destination: none, ${bytes} bytes are asked for`);
  checkBytes('destination', into);
  if (into.length < bytes) throw invalid(`destination: ${into.length} bytes, ${bytes} are asked for`);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless it lies over shared memory */
export function checkShared(what: string, bytes: Uint8Array): void {
  if (!isShared(bytes)) throw invalid(`${what}: ordinary memory, must lie over a SharedArrayBuffer`);
}
