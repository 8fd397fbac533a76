import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Hex } from 'viem';
import { z } from 'zod';
import { ProvenderError } from '../../../content/provender-error.ts';

/** The bytecode file is one JSON string. */
const code = z.templateLiteral(['0x', z.string().regex(/^([0-9a-f]{2})+$/)]);

/**
 * Reads what creates the escrow contract and its token from their npm packages.
 * @throws ProvenderError `PROVENDER_CONFIG` that names the package when it is not installed
 */
export async function readContractCode(): Promise<{ token: Hex; escrow: Hex }> {
  const escrow = found('singularitynet-platform-contracts', () =>
    import.meta.resolve('singularitynet-platform-contracts/bytecode/MultiPartyEscrow.json'),
  );
  const token = found('singularitynet-token-contracts', () =>
    // A dependency of the platform contracts, so it is looked up from there.
    createRequire(escrow).resolve('singularitynet-token-contracts/bytecode/SingularityNetToken.json'),
  );
  return { token: await readCode(token), escrow: await readCode(new URL(escrow)) };
}

async function readCode(file: string | URL): Promise<Hex> {
  return code.parse(JSON.parse(await readFile(file, 'utf8')));
}

function found(name: string, find: () => string): string {
  try {
    return find();
  } catch (cause) {
    const message = `the contracts need the npm package ${name}, which is not installed; run: npm install`;
    throw new ProvenderError('PROVENDER_CONFIG', message, { details: { package: name }, cause });
  }
}
