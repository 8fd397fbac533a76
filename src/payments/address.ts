/** An Ethereum address: `0x` and 40 lower-case hex digits, so that equal addresses are equal strings. */
export type Address = `0x${string}`;
