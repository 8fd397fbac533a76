import { PIECE_SIZE } from './methods.ts';

/** Pieces below this are gathered: a message costs about as much as copying this many bytes. */
const WORTH_SENDING = 64 * 1024;

/** Cuts large pieces and gathers small ones, so that messages have between 64 and 256 KiB but for the last. */
export async function* messagePieces(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let gathered: Uint8Array[] = [];
  let size = 0;
  const takeGathered = (): Uint8Array => {
    const whole = Buffer.concat(gathered);
    gathered = [];
    size = 0;
    return whole;
  };
  for await (const piece of source) {
    if (piece.length === 0) continue;
    if (piece.length < WORTH_SENDING) {
      gathered.push(piece.slice());
      size += piece.length;
      if (size >= WORTH_SENDING) yield takeGathered();
      continue;
    }
    if (size > 0) yield takeGathered();
    for (let at = 0; at < piece.length; at += PIECE_SIZE) yield piece.subarray(at, at + PIECE_SIZE);
  }
  if (size > 0) yield takeGathered();
}
