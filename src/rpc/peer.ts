/** Splits what grpc-js says of a peer, `address:port`, and gives the address; `unknown` for a connection that is gone. */
export function peerAddress(peer: string): string {
  const colon = peer.lastIndexOf(':');
  return colon < 0 ? peer : peer.slice(0, colon);
}

/** Tells whether an address is this machine's own: 127.0.0.0/8, also written as IPv6, or ::1. */
export function isLoopback(address: string): boolean {
  const bare = address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address;
  if (bare === '::1') return true;
  const v4 = bare.startsWith('::ffff:') ? bare.slice('::ffff:'.length) : bare;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(v4);
}
