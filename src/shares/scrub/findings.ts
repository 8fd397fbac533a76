import { type ObjectId, objectIdHex } from '../../content/object-id.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { type Damage, DamageReports } from '../damage-reports.ts';
import type { DamageKind, ScrubDamage } from './scrub.ts';
import type { ScrubClock } from './scrub-clock.ts';

/** Damage as a check finds it. */
export interface Finding extends Damage {
  readonly kind: DamageKind;
  readonly object: ObjectId;
}

/** Marks what a round finds in quarantine, and tells of it. */
export class Findings {
  readonly #reports: DamageReports;
  readonly #clock: ScrubClock;
  readonly #tell: (damage: ScrubDamage, message: string) => void;

  constructor(store: ObjectStore, clock: ScrubClock, tell: (damage: ScrubDamage, message: string) => void) {
    this.#reports = new DamageReports(store, undefined);
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Reports damage; a mark that cannot be written is said in the message. */
  async report({ kind, object, ...damage }: Finding): Promise<void> {
    const { message } = await this.#reports.report(damage);
    const { key, block, reason } = damage;
    this.#tell(
      {
        kind,
        key,
        object: objectIdHex(object),
        ...(block === undefined ? {} : { block }),
        reason,
        unixMs: this.#clock.unixMs(),
      },
      message,
    );
  }
}
