import { parseAbi } from 'viem';

/**
 * What we call and read of the MultiPartyEscrow contract, with types. A test compares it with the ABI of the npm package `singularitynet-platform-contracts`.
 * Events: `ChannelClaim.nonce` is the nonce after the claim, its `sendBackAmount` is always 0; the amount of `ChannelSenderClaim` is always 0.
 * @see payment-channels.md, section 11
 */
export const ESCROW_ABI = parseAbi([
  'function channels(uint256) view returns (uint256 nonce, address sender, address signer, address recipient, bytes32 groupId, uint256 value, uint256 expiration)',
  'function nextChannelId() view returns (uint256)',
  'function balances(address) view returns (uint256)',
  'function token() view returns (address)',
  'function deposit(uint256 value) returns (bool)',
  'function withdraw(uint256 value) returns (bool)',
  'function openChannel(address signer, address recipient, bytes32 groupId, uint256 value, uint256 expiration) returns (bool)',
  'function channelExtend(uint256 channelId, uint256 newExpiration) returns (bool)',
  'function channelAddFunds(uint256 channelId, uint256 amount) returns (bool)',
  'function channelClaim(uint256 channelId, uint256 actualAmount, uint256 plannedAmount, uint8 v, bytes32 r, bytes32 s, bool isSendback)',
  'function channelClaimTimeout(uint256 channelId)',
  'event ChannelOpen(uint256 channelId, uint256 nonce, address indexed sender, address signer, address indexed recipient, bytes32 indexed groupId, uint256 amount, uint256 expiration)',
  'event ChannelClaim(uint256 indexed channelId, uint256 nonce, address indexed recipient, uint256 claimAmount, uint256 plannedAmount, uint256 sendBackAmount, uint256 keepAmount)',
  'event ChannelSenderClaim(uint256 indexed channelId, uint256 nonce, uint256 claimAmount)',
]);
