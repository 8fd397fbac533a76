import { ProvenderError } from '../../content/provender-error.ts';
import { errorCode, isNoSpace } from '../../objects/embedded/disk-error.ts';

/**
 * Waits for an operation of the stage's disk.
 * @param what - the place, for the message
 * @throws ProvenderError `PROVENDER_OVER_QUOTA` when the disk has no room, `PROVENDER_UNAVAILABLE` when it fails otherwise
 */
export async function onDisk<T>(operation: Promise<T>, what: string): Promise<T> {
  try {
    return await operation;
  } catch (cause) {
    const code = errorCode(cause) ?? 'unknown';
    const details = { code };
    if (isNoSpace(cause)) {
      const text = `stage, ${what}: its disk has no room (${code}); free the disk, or wait for placements to end`;
      throw new ProvenderError('PROVENDER_OVER_QUOTA', text, { cause, details });
    }
    const text = `stage, ${what}: the disk failed (${code}); look at it`;
    throw new ProvenderError('PROVENDER_UNAVAILABLE', text, { cause, details });
  }
}
