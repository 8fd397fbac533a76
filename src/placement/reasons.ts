/**
 * Why a claim, a commitment or a storer came to nothing; stable words for machines, with what they say to people.
 * Messages that are refused carry one of them, `placement explain` and metrics count them.
 */
export const PLACEMENT_REASONS = {
  unknown: 'nobody announced this object, or its placement has ended',
  late: 'it came after its time',
  round: 'it is for another round than the one behind the announcement',
  attempt: 'this attempt has not begun',
  network: 'it belongs to another network',
  profile: 'it is of another profile than the announcement',
  unregistered: 'the storer is not in the snapshot that the round uses, or has no weight there',
  retired: 'the storer has retired',
  proof: 'the proof of the lottery does not hold',
  threshold: 'the lottery did not select the storer',
  duplicate: 'the storer has claimed this object already',
  contradiction: 'the storer has signed another commitment for the same claim; both are kept as evidence',
  blocked: 'too many bad proofs came from this peer',
  rank: 'enough storers rank before it',
  operator: 'its operator has a place already',
  region: 'its region has all the places that it may have',
  signature: 'the signature is not that of the storer',
  unassigned: 'the storer has no assignment for this claim',
  mismatch: 'the commitment is not that of the announced object',
  possession: 'the init proof does not hold',
  unreachable: 'nobody answered at its address',
  refused: 'the storer refused the assignment',
  fetch: 'the storer never fetched the content',
  commit: 'the storer never sent a commitment',
  prove: 'the storer never answered the challenge',
  surplus: 'enough storers of a lower rank were complete',
  full: 'the storer has no room for it',
  held: 'the storer holds the object already',
  fault: 'the log of rounds forks: the storer claims nothing',
  primary: 'who signed it is no primary of the genesis',
  form: 'the message is not well-formed',
} as const satisfies Record<string, string>;

/** A word of the table. */
export type PlacementReason = keyof typeof PLACEMENT_REASONS;

/** Tells whether a string, from the wire for instance, is a word of the table. */
export function isPlacementReason(text: string): text is PlacementReason {
  return Object.hasOwn(PLACEMENT_REASONS, text);
}
