import { ProvenderError } from '../../content/provender-error.ts';
import { decodeRegisterNode, type RegisterNode } from '../../placement/registry/register-node.ts';
import { readMessageFile } from '../message-file.ts';

/** Reads what `provender network register` wrote. @throws ProvenderError `PROVENDER_INVALID` when it cannot be read, or is something else */
export async function readRegistration(
  path: string,
): Promise<{ readonly record: Uint8Array; readonly registration: RegisterNode }> {
  const record = await readMessageFile(path);
  try {
    return { record, registration: decodeRegisterNode(record) };
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new ProvenderError(
      'PROVENDER_INVALID',
      `${path}: is no registration (${words}); make one with provender network register`,
      { cause },
    );
  }
}
