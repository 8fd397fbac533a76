import { workerData } from 'piscina';
import { ProvenderError } from '../content/provender-error.ts';
import { proveVrf, verifyVrf } from '../vrf/kernels.ts';
import type { VrfQuestion } from '../vrf/vrf-engine.ts';

/** A piece of a lottery for a thread. */
export type VrfTask =
  | { readonly kind: 'prove'; readonly inputs: readonly Uint8Array[] }
  | { readonly kind: 'verify'; readonly questions: readonly VrfQuestion[] };

/** What a thread gets when it starts. The key lies in memory that all threads and their owner share, so that one hand wipes it for all. */
export interface VrfThreadData {
  readonly secretKey: Uint8Array | undefined;
}

/** Entry point of a worker thread: π of each input, or β of each question. */
export function runVrfTask(task: VrfTask): readonly (Uint8Array | undefined)[] {
  if (task.kind === 'verify') {
    return task.questions.map(({ publicKey, input, proof }) => verifyVrf(publicKey, input, proof));
  }
  const secretKey = keyOf(workerData);
  return task.inputs.map((input) => proveVrf(secretKey, input));
}

function keyOf(data: unknown): Uint8Array {
  const key = typeof data === 'object' && data !== null && 'secretKey' in data ? data.secretKey : undefined;
  if (key instanceof Uint8Array) return key;
  throw new ProvenderError('PROVENDER_INTERNAL', 'VRF workers: a thread has no key');
}
