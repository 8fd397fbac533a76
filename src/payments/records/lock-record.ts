import { bytesField, countField, textField } from './field-forms.ts';
import { recordForm } from './record-form.ts';

/** Who has a channel, and what for. Goes with the lease of its replica. */
export interface LockRecord {
  readonly replica: number;
  /** Of the replica's lease, 16 bytes. */
  readonly life: Uint8Array;
  /** 16 bytes. */
  readonly op: Uint8Array;
  /** For people: which method is called. */
  readonly method: string;
  /** For people: by the clock of the replica. */
  readonly startedUnixMs: number;
}

const form = recordForm<LockRecord>('lock', {
  replica: countField,
  life: bytesField(16),
  op: bytesField(16),
  method: textField,
  startedUnixMs: countField,
});

/** The value of a `lock/` key. @throws ProvenderError `PROVENDER_INVALID` for a field out of its range */
export const encodeLock: (record: LockRecord) => Uint8Array = form.encode;

/** Reads it. @throws ProvenderError `PROVENDER_CHANNEL` for other bytes or another version */
export const decodeLock: (bytes: Uint8Array) => LockRecord = form.decode;
