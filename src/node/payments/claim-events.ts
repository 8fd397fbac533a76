import type { ClaimEvents } from '../../payments/claims/claim-events.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { briefly } from '../brief-error.ts';

/** Tells what provider claims report to log and metrics. */
export function claimEvents({ log, metrics: { payments } }: Telemetry): ClaimEvents {
  return {
    started: ({ channelId: channel, nonce, amount }) => {
      payments.claim('started');
      log.info({ event: 'claim-started', channel, nonce, amount }, 'a provider claim was started');
    },
    ended: ({ channelId: channel, nonce, amount, ending }) => {
      payments.claim(ending.is);
      const facts = { event: 'claim-ended', channel, nonce, amount, ending: ending.is };
      log.info(facts, 'the chain shows that a nonce is over');
    },
    alarm: ({ channelId: channel, nonce, amount, claimed, reason }) => {
      const facts = { event: 'claim-alarm', channel, nonce, amount, claimed, reason };
      log.error(facts, 'money that was earned did not come in whole');
    },
    reopened: ({ channelId: channel, nonce, amount }) => {
      payments.claim('reopened');
      log.warn({ event: 'claim-reopened', channel, nonce, amount }, 'a reorganisation took an end back');
    },
    channelFailed: ({ channelId: channel, error }) =>
      log.warn({ event: 'claim-failed', channel, ...briefly(error) }, 'a channel could not be looked at'),
  };
}
