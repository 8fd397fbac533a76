import type { QuarantineMark } from '../object-store.ts';
import { decodeMark, encodeMark } from '../quarantine-mark.ts';
import { isRadosError } from './client/rados-error.ts';
import { QUARANTINE_KEY } from './keys.ts';
import { asPort } from './port-error.ts';
import type { RadosSession } from './rados-session.ts';
import type { Settler } from './settle.ts';

/** Marks on damaged things: rows of one object, which the first mark makes. */
export class RadosQuarantine {
  readonly #settler: Settler;

  constructor(settler: Settler) {
    this.#settler = settler;
  }

  /** Marks something; a later mark replaces an earlier one, so it may be sent again. */
  async mark(session: RadosSession, mark: QuarantineMark): Promise<void> {
    const rows = [[mark.key, encodeMark(mark)] as const];
    await this.#settler.repeat(session, { operation: 'quarantine', key: mark.key }, () =>
      session.objects.change(QUARANTINE_KEY, [{ do: 'omapSet', rows }]),
    );
  }

  /** All marks, ordered by key. @throws ProvenderError `PROVENDER_CORRUPT` for a mark that cannot be read */
  all(session: RadosSession): Promise<readonly QuarantineMark[]> {
    return asPort(session, 'read quarantine', async () => {
      const marks: QuarantineMark[] = [];
      try {
        for await (const [key, value] of session.objects.omapEntries(QUARANTINE_KEY))
          marks.push(decodeMark(key, value));
      } catch (error) {
        if (!isRadosError(error, 'ENOENT')) throw error;
      }
      return marks;
    });
  }
}
