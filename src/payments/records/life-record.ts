import { countField, textField } from './field-forms.ts';
import { recordForm } from './record-form.ts';

/** A lease of a replica: while its key is there, what was done under it may still be going on. */
export interface LifeRecord {
  readonly replica: number;
  /** Name of the lease in the state store, so that the next life can revoke it. */
  readonly lease: string;
}

const form = recordForm<LifeRecord>('life', { replica: countField, lease: textField });

/** The value of a `life/` key. @throws ProvenderError `PROVENDER_INVALID` for a field out of its range */
export const encodeLife: (record: LifeRecord) => Uint8Array = form.encode;

/** Reads it. @throws ProvenderError `PROVENDER_CHANNEL` for other bytes or another version */
export const decodeLife: (bytes: Uint8Array) => LifeRecord = form.decode;
