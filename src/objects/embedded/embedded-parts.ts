import type { Catalog } from './catalog.ts';
import type { Database } from './database.ts';
import type { DiskGuard } from './disk-guard.ts';
import type { Ledger } from './ledger.ts';
import type { PaidDataEvents, PaymentMarks } from '../payment-marks.ts';
import type { Session } from './session.ts';
import type { ChunkShelf, DataShelf } from './shelves.ts';
import type { StepHook } from '../step-hook.ts';

/** What an embedded store is put together from; whoever is given it owns it. */
export interface EmbeddedParts {
  readonly adapter: string;
  readonly directory: string;
  readonly database: Database;
  readonly ledger: Ledger;
  readonly guard: DiskGuard;
  readonly session: Session;
  readonly catalog: Catalog;
  readonly chunks: ChunkShelf;
  readonly data: DataShelf;
  readonly step: StepHook;
  readonly marks: PaymentMarks | undefined;
  readonly events: PaidDataEvents;
  /** Closes what the parts hold; called once, when nothing runs any more. */
  close(): Promise<void>;
}
