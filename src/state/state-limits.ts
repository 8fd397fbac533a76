import { ProvenderError } from '../content/provender-error.ts';
import type { StateCompare, StateStep, StateTxn } from './state-store.ts';

/** Bytes of a key. */
const MAX_STATE_KEY = 512;
/** Bytes of a value: 1 MiB. */
const MAX_STATE_VALUE = 2 ** 20;
/** Conditions of a transaction, and steps of each of its branches. */
const MAX_STATE_STEPS = 128;
/** Records of a page. */
export const MAX_STATE_PAGE = 1000;
/** Times of a lease: 1 s to 1 h. */
const LEASE_MS = { least: 1000, most: 3_600_000 };

const PRINTABLE = /^[\x20-\x7e]*$/;

function invalid(message: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', message);
}

function shown(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}...` : key);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless it is 1 to 512 bytes of printable ASCII */
export function checkStateKey(key: string): void {
  if (key.length === 0) throw invalid('a state key is empty: give it 1 to 512 bytes');
  checkStatePrefix(key);
}

/** Like a key, and may be empty. @throws ProvenderError `PROVENDER_INVALID` */
export function checkStatePrefix(prefix: string): void {
  if (prefix.length > MAX_STATE_KEY)
    throw invalid(`state key ${shown(prefix)}: ${prefix.length} bytes, limit ${MAX_STATE_KEY}`);
  if (!PRINTABLE.test(prefix))
    throw invalid(`state key ${shown(prefix)}: only printable ASCII is allowed, 0x20 to 0x7e`);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless it is a whole number from 1 to 1000 */
export function checkStatePage(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_STATE_PAGE)
    throw invalid(`limit of a page of state records: ${limit}, allowed are 1 to ${MAX_STATE_PAGE}`);
}

/** @throws ProvenderError `PROVENDER_INVALID` unless it is a whole number from 1 s to 1 h */
export function checkLeaseTtl(ttlMs: number): void {
  if (!Number.isInteger(ttlMs) || ttlMs < LEASE_MS.least || ttlMs > LEASE_MS.most)
    throw invalid(`time of a lease: ${ttlMs} ms, allowed are ${LEASE_MS.least} to ${LEASE_MS.most}`);
}

/** The key that a step is about. */
export function keyOfStep(step: StateStep): string {
  if ('put' in step) return step.put;
  return 'delete' in step ? step.delete : step.get;
}

/** @throws ProvenderError `PROVENDER_INVALID` for keys, values, revisions or numbers of steps out of range, or a key that one branch writes twice */
export function checkStateTxn({ compare = [], then = [], else: otherwise = [] }: StateTxn): void {
  for (const list of [compare, then, otherwise]) {
    if (list.length > MAX_STATE_STEPS)
      throw invalid(`state transaction: ${list.length} conditions or steps, limit ${MAX_STATE_STEPS}`);
  }
  for (const condition of compare) checkCompare(condition);
  checkBranch(then);
  checkBranch(otherwise);
}

function checkCompare(condition: StateCompare): void {
  checkStateKey(condition.key);
  if ('value' in condition) return;
  const revision = 'modRevision' in condition ? condition.modRevision : condition.createRevision;
  if (revision < 0n) throw invalid(`condition on ${shown(condition.key)}: revision ${revision} is negative`);
}

function checkBranch(steps: readonly StateStep[]): void {
  const written = new Set<string>();
  for (const step of steps) {
    const key = keyOfStep(step);
    checkStateKey(key);
    if ('get' in step) continue;
    // etcd refuses it as well: two versions of one record in one revision
    if (written.has(key)) throw invalid(`state transaction writes ${shown(key)} twice`);
    written.add(key);
    if ('put' in step && step.value.length > MAX_STATE_VALUE)
      throw invalid(`state record ${shown(key)}: ${step.value.length} bytes, limit ${MAX_STATE_VALUE}`);
  }
}
