import { checkObjectFacts, OBJECT_KIND, objectIdHex } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { profilePasses } from '../../proof/profile.ts';
import type { ByteStage } from './byte-stage.ts';
import { setOutcome } from '../held-object.ts';
import type { RunningCall } from '../running-calls.ts';
import { reserveStriped, setStriped } from './set-striped.ts';
import { checkPlaced, sameReplica } from './placed-name.ts';
import type { SetParts } from './share-parts.ts';
import type { FileDeclaration, PaidSet, SetOutcome } from '../shares.ts';
import { sourcePieces } from './source-pieces.ts';

/** What a set of a file is given. */
export interface FileSet {
  readonly declared: FileDeclaration;
  readonly source: AsyncIterable<Uint8Array>;
  readonly call: RunningCall;
  readonly paid?: PaidSet | undefined;
}

/**
 * Sets a file of exactly the declared size. A held file, known by its declared id, ends here without a read of the source.
 * @throws ProvenderError `PROVENDER_INVALID` for another size or id than declared, `PROVENDER_UNSUPPORTED` for an unknown profile,
 *   `PROVENDER_OVER_QUOTA` before anything is read, `PROVENDER_CONFLICT` when a placed file is held under another name; errors of the source as
 *   they are
 */
export async function setFile(
  parts: SetParts,
  { declared, source, call, paid }: FileSet,
): Promise<SetOutcome> {
  const { sizeBytes, id, placed } = declared;
  if (placed !== undefined) checkPlaced(declared, placed);
  const profile = declared.profile ?? parts.profiles.files;
  profilePasses(profile); // an unknown one is refused, whatever is held
  const shape = { kind: OBJECT_KIND.file, sizeBytes, count: 1 };
  checkObjectFacts(shape);
  const held = id && (await parts.heads.find(id, OBJECT_KIND.file));
  if (held !== undefined) {
    const found = held.head.statement.sizeBytes;
    if (found !== sizeBytes) throw wrongSize(sizeBytes, `${objectIdHex(held.id)} has ${found}`, found);
    return sameReplica(parts, { profile, placed }, setOutcome(held, true));
  }
  const striped = { shape, profile, ...(id && { id }), ...(placed && { placed }) };
  const room = reserveStriped(parts, striped);
  try {
    const fill = (stage: ByteStage): Promise<void> =>
      fillFrom(stage, sizeBytes, sourcePieces(source, call.signal));
    return sameReplica(
      parts,
      striped,
      await setStriped(parts, { ...striped, call, fill, room, ...(paid && { paid }) }),
    );
  } finally {
    room.release();
  }
}

/** Appends exactly `sizeBytes` bytes and makes sure that none follow. */
async function fillFrom(
  stage: ByteStage,
  sizeBytes: number,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  let received = 0;
  for await (const piece of pieces) {
    received += piece.length;
    if (received > sizeBytes) throw wrongSize(sizeBytes, `${received} or more came`, received);
    const wait = stage.append(piece);
    if (wait !== undefined) await wait;
  }
  if (received < sizeBytes) throw wrongSize(sizeBytes, `${received} came`, received);
}

function wrongSize(declared: number, what: string, found: number): ProvenderError {
  return new ProvenderError(
    'PROVENDER_INVALID',
    `file declared with ${declared} bytes, ${what}; declare its exact size`,
    {
      details: { declared, found },
    },
  );
}
