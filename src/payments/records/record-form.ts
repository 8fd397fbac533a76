import { utf8ToBytes } from '@noble/hashes/utils.js';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { REFUSALS } from '../refusals.ts';
import type { FieldForm } from './field-forms.ts';

/** The one version that is written and read. */
const VERSION = 1;

type FieldForms<T> = { readonly [K in keyof T]-?: FieldForm<Exclude<T[K], undefined>> };

/** Writes and reads records of one kind. Equal records are equal bytes. */
export interface RecordForm<T> {
  /** UTF-8 JSON. @throws ProvenderError `PROVENDER_INVALID` for a field out of its range */
  readonly encode: (record: T) => Uint8Array;
  /** Reads exactly what `encode` writes. @throws ProvenderError `PROVENDER_CHANNEL` for all else, an unknown version included: never a guess */
  readonly decode: (bytes: Uint8Array) => T;
}

/**
 * Describes a record on disk: JSON without white space, `"v":1,"t":kind` first, then its fields in the order that they have here.
 *
 * @param fields - one form for each field; an absent field of a record is left out
 * @param rule - says what is wrong between fields that are right by themselves
 * @see payment-channels.md, section 3
 */
export function recordForm<T extends object>(
  kind: string,
  fields: FieldForms<T>,
  rule: (record: T) => string | undefined = () => undefined,
): RecordForm<T> {
  const forms = Object.entries(fields) as unknown as Forms<T>; // the mapped type, which entries() forgets
  const write = (record: T): Uint8Array => {
    const members: Record<string, unknown> = { v: VERSION, t: kind };
    for (const [name, form] of forms)
      if (record[name] !== undefined) members[name] = form.write(record[name], name);
    return utf8ToBytes(JSON.stringify(members));
  };
  const encode = (record: T): Uint8Array => {
    const broken = rule(record);
    if (broken !== undefined) throw new ProvenderError('PROVENDER_INVALID', `${kind} record: ${broken}`);
    return write(record);
  };
  const decode = (bytes: Uint8Array): T => {
    try {
      const read = readFields(forms, parse(kind, bytes));
      const broken = rule(read);
      if (broken !== undefined) throw new Error(broken);
      // order, white space, unknown and repeated members: whatever differs from what would be written
      if (compareBytes(write(read), bytes) !== 0) throw new Error('its form is not the one that is written');
      return read;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw REFUSALS.record.because(error, `${kind} record: ${reason}`).error;
    }
  };
  return { encode, decode };
}

type Forms<T> = readonly (readonly [keyof T & string, FieldForm<unknown>])[];

function readFields<T>(forms: Forms<T>, members: Readonly<Record<string, unknown>>): T {
  const record: Partial<Record<keyof T, unknown>> = {};
  for (const [name, form] of forms) {
    if (Object.hasOwn(members, name)) record[name] = form.read(members[name], name);
    else if (form.isOptional !== true) throw new Error(`${name} is missing`);
  }
  return record as T; // every field was read by its form
}

function parse(kind: string, bytes: Uint8Array): Record<string, unknown> {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object');
  const members = value as Record<string, unknown>; // an object of JSON
  if (members['v'] !== VERSION)
    throw new Error(`version ${shown(members['v'])}, this node reads ${VERSION}; update the node`);
  if (members['t'] !== kind) throw new Error(`kind ${shown(members['t'])}`);
  return members;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 40);
}
