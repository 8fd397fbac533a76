import { ProvenderError } from '../content/provender-error.ts';

/** An upload after its first message: what that declares, and the messages that follow. */
export interface Opened<Header, Request> {
  readonly header: Header;
  readonly rest: AsyncGenerator<Request, void>;
}

/** What is wrong with the order of an upload's messages. */
export function outOfOrder(what: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `${what}: send one header first, then content alone`);
}

/**
 * Takes the header off an upload.
 * @param isAlone - tells whether the first message has nothing but its header
 * @throws ProvenderError `PROVENDER_INVALID` when the first message is missing or is another one
 */
export async function openUpload<Header, Request extends { header: Header | undefined }>(
  requests: AsyncGenerator<Request, void>,
  isAlone: (request: Request) => boolean,
): Promise<Opened<Header, Request>> {
  const first = await requests.next();
  if (first.done === true) throw outOfOrder('no message came');
  const { header } = first.value;
  if (header === undefined) throw outOfOrder('content came before the header');
  if (!isAlone(first.value)) throw outOfOrder('the header came with content');
  return { header, rest: requests };
}
