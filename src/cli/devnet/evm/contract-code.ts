import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Hex } from 'viem';
import { z } from 'zod';
import { ProvenderError } from '../../../content/provender-error.ts';

const PLATFORM = 'singularitynet-platform-contracts';
const TOKEN = 'singularitynet-token-contracts';
/** The bytecode file is one JSON string. */
const code = z.templateLiteral(['0x', z.string().regex(/^([0-9a-f]{2})+$/)]);

/**
 * Reads what creates the escrow contract and its token from their npm packages.
 * @throws ProvenderError `PROVENDER_CONFIG` that names the package when it is not installed
 */
export async function readContractCode(): Promise<{ token: Hex; escrow: Hex }> {
  const here = createRequire(import.meta.url);
  const platform = find(here, PLATFORM, 'package.json');
  // The token is a dependency of the platform contracts, so it is looked up from there.
  const token = find(createRequire(platform), TOKEN, 'bytecode/SingularityNetToken.json');
  return {
    token: code.parse(JSON.parse(await readFile(token, 'utf8'))),
    escrow: code.parse(
      JSON.parse(await readFile(find(here, PLATFORM, 'bytecode/MultiPartyEscrow.json'), 'utf8')),
    ),
  };
}

function find(from: NodeJS.Require, name: string, file: string): string {
  try {
    return from.resolve(`${name}/${file}`);
  } catch (cause) {
    const message = `the contracts need the npm package ${name}, which is not installed; run: npm install`;
    throw new ProvenderError('PROVENDER_CONFIG', message, { details: { package: name }, cause });
  }
}
