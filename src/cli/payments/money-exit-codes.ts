import type { ErrorCode } from '../../content/error-codes.ts';
import { EXIT } from '../exit-codes.ts';

/** Exit codes of the commands about money. @see payment-channels.md, section 13 */
export const MONEY_EXIT = {
  done: 0,
  /** Some of what was asked for is done, some is not. */
  partly: 1,
  usage: 2,
  /** The node, or the contract, has refused. */
  refused: 3,
  notReachable: 4,
} as const;

const USAGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PROVENDER_INVALID',
  'PROVENDER_CONFIG',
  'PROVENDER_EXISTS',
]);
const NOT_REACHABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PROVENDER_UNAVAILABLE',
  'PROVENDER_CLOSED',
  'PROVENDER_TIMEOUT',
  'PROVENDER_AMBIGUOUS',
  'PROVENDER_BUSY',
]);

/** The exit code of a command about money that failed as a whole. */
export function moneyExitCode(code: ErrorCode): number {
  if (code === 'PROVENDER_CANCELLED') return EXIT.interrupted;
  if (USAGE.has(code)) return MONEY_EXIT.usage;
  return NOT_REACHABLE.has(code) ? MONEY_EXIT.notReachable : MONEY_EXIT.refused;
}
