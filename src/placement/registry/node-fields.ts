import { ProvenderError } from '../../content/provender-error.ts';
import type { MessageHeader } from '../../proof/message-header.ts';
import type { MessageReader } from '../messages/message-reader.ts';
import type { MessageWriter } from '../messages/message-writer.ts';

/** The most characters of a host. */
const MAX_HOST = 255;
const HOST = /^[\x21-\x7e]+$/;

/** Writes u8 h ‖ h bytes host. @throws ProvenderError `PROVENDER_INVALID` for other than 1 to 255 printable ASCII characters */
export function writeHost(writer: MessageWriter, host: string): void {
  checkHost(host);
  writer.u8(host.length).bytes(new TextEncoder().encode(host), host.length);
}

/** Reads what `writeHost` wrote. @throws ProvenderError `PROVENDER_INVALID` for any other bytes */
export function readHost(reader: MessageReader): string {
  const host = String.fromCharCode(...reader.bytes(reader.u8()));
  checkHost(host);
  return host;
}

/** @throws ProvenderError `PROVENDER_UNSUPPORTED`: messages that are not about one object have profile 0 */
export function withoutProfile(header: MessageHeader): MessageHeader {
  if (header.profile === 0) return header;
  throw new ProvenderError(
    'PROVENDER_UNSUPPORTED',
    `message of type ${header.type} with profile ${header.profile}, not 0`,
  );
}

function checkHost(host: string): void {
  if (host.length <= MAX_HOST && HOST.test(host)) return;
  throw new ProvenderError(
    'PROVENDER_INVALID',
    `host: ${host.length} characters, from 1 to ${MAX_HOST} of printable ASCII without blanks`,
  );
}
