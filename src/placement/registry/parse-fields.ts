import type { z } from 'zod';
import { ProvenderError } from '../../content/provender-error.ts';

/**
 * What a schema makes of a value.
 * @param within - name of the value inside the genesis; absent for the whole
 * @throws ProvenderError `PROVENDER_INVALID` that names the first wrong field
 */
export function parseFields<S extends z.ZodType>(schema: S, value: unknown, within?: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = [...(within === undefined ? [] : [within]), ...(issue?.path ?? [])].join('.') || 'file';
  throw new ProvenderError('PROVENDER_INVALID', `genesis: ${field}: ${issue?.message ?? 'wrong'}`);
}
