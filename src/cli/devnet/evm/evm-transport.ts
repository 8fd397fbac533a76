import { http, type HttpTransport } from 'viem';

const TIMEOUT_MS = 60_000;

/** Requests to a local chain. They are not repeated: blocks would be made and coins moved twice. */
export function evmTransport(url: string): HttpTransport {
  return http(url, { timeout: TIMEOUT_MS, retryCount: 0 });
}
