import { ProvenderError } from '../../content/provender-error.ts';

/** Runs a step; an error of ours that it throws says where it happened, and keeps its code. */
export function inPlace<T>(where: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof ProvenderError)) throw cause;
    throw new ProvenderError(cause.code, `${where}: ${cause.message}`, { cause, details: cause.details });
  }
}
