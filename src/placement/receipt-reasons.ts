/** Why a receipt does not hold, beside the reasons of `PLACEMENT_REASONS`; stable words for machines, with what they say to people. */
export const RECEIPT_REASONS = {
  genesis: 'it quotes another genesis, or other parameters than those of the genesis',
  record: 'the round does not hold the SetKey',
  snapshot: 'an entry of a storer does not lead to the registry root of the round',
  kind: 'it is of a collection; those are placed with the blocks of a ledger',
} as const satisfies Record<string, string>;
