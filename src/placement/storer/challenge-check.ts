import { blockCount } from '../../content/geometry.ts';
import { compareBytes } from '../../content/object-id.ts';
import { ProvenderError } from '../../content/provender-error.ts';
import { type Challenge, isChallenge, PROOF_FORM, PROOF_MODE, WHOLE_BLOCKS } from '../../proof/challenge.ts';
import { commR, type Statement } from '../../proof/commitment.ts';
import { profilePasses } from '../../proof/profile.ts';
import { type ChallengeMessage, decodeChallenge } from '../messages/challenge-message.ts';
import { isSigned } from '../messages/signed-message.ts';

/**
 * Reads the Challenge that answers a Commit and checks all of it: whose it is, that it is about this replica, and that it asks for what an init proof
 * opens and no more.
 *
 * @param primaryKey - of the Assign, 32 bytes
 * @throws ProvenderError `PROVENDER_INVALID` naming what does not fit, `PROVENDER_UNSUPPORTED` for another version or profile
 * @see storer-selection.md, section 5; proof-of-replication.md, section 7
 */
export function acceptChallenge(bytes: Uint8Array, statement: Statement, primaryKey: Uint8Array): Challenge {
  const message = decodeChallenge(bytes);
  if (compareBytes(message.primaryKey, primaryKey) !== 0 || !isSigned(bytes, primaryKey))
    throw wrong('is not signed by the primary of the assignment');
  if (compareBytes(message.networkId, statement.networkId) !== 0) throw wrong('is of another network');
  if (message.profile !== statement.profile)
    throw wrong(`is of profile ${message.profile}, not ${statement.profile}`);
  if (compareBytes(message.commR, commR(statement)) !== 0) throw wrong('is about another replica');
  return askedFor(message, statement);
}

function askedFor({ nonce, k }: ChallengeMessage, statement: Statement): Challenge {
  const blocks = blockCount(statement.sizeBytes);
  const passes = profilePasses(statement.profile);
  const sampled = passes === 0 ? PROOF_FORM.possession : PROOF_FORM.relation;
  const form = blocks <= WHOLE_BLOCKS ? PROOF_FORM.whole : sampled;
  const challenge = { mode: PROOF_MODE.init, form, k, beacon: nonce };
  if (!isChallenge(challenge, { blocks, passes }))
    throw wrong(`asks for ${k} leaves, or has a nonce where none belongs`);
  return challenge;
}

function wrong(what: string): ProvenderError {
  return new ProvenderError('PROVENDER_INVALID', `challenge: it ${what}`);
}
