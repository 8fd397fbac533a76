import type { PaymentEvents } from '../../payments/payment-events.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { briefly } from '../brief-error.ts';

/** Tells what payments report to log and metrics. Signatures and keys are in no event. */
export function paymentEvents(telemetry: Telemetry): PaymentEvents {
  return { ...callEvents(telemetry), ...replicaEvents(telemetry) };
}

function callEvents({ log, metrics: { payments } }: Telemetry): PaymentEvents {
  return {
    paid: () => payments.ended('paid'),
    refused: ({ channelId, method, step }) => {
      payments.refused(step);
      log.debug({ event: 'payment-refused', channel: channelId, method, step }, 'a payment was refused');
    },
    rolledBack: () => payments.ended('rolled-back'),
    ambiguous: ({ channelId, request }) => {
      payments.ambiguous(request);
      const facts = { event: 'payment-ambiguous', channel: channelId, request };
      log.debug(facts, 'the state store gave no clear answer; it is asked what became of it');
    },
    undecided: ({ channelId, operation }) => {
      payments.ended('undecided');
      const facts = { event: 'payment-undecided', channel: channelId, operation };
      log.warn(facts, 'a call was answered before its payment was decided; it is being found out');
    },
    decided: ({ channelId, operation, outcome }) => {
      payments.decided(outcome);
      const level = outcome === 'unknown' ? 'error' : 'info';
      const facts = { event: 'payment-decided', channel: channelId, operation, outcome };
      log[level](facts, 'an undecided payment was found out');
    },
    repeatGranted: ({ channelId }) => {
      payments.repeatGranted();
      const facts = { event: 'payment-repeat', channel: channelId };
      log.warn(facts, 'a paid call was not delivered; the same call is served again without charge');
    },
  };
}

function replicaEvents({ log, metrics: { payments } }: Telemetry): PaymentEvents {
  return {
    reaped: ({ channelId }) => {
      payments.reaped();
      log.warn({ event: 'payment-lock-reaped', channel: channelId }, 'a lock without a call was deleted');
    },
    lifeBegun: (facts) => {
      payments.life('begun');
      log.info({ event: 'payment-life-begun', ...facts }, 'this replica takes payments');
    },
    lifeLost: (facts) => {
      payments.life('lost');
      log.warn(
        { event: 'payment-life-lost', ...facts },
        'the lease of this replica ended; it begins a new one',
      );
    },
    replaced: ({ replica }) => {
      const text = `replica id ${replica} is in use by another process: this one takes no payments any more`;
      log.error({ event: 'payment-replaced', replica }, text);
    },
    dutyFailed: ({ duty, error }) => {
      payments.dutyFailed(duty);
      log.warn({ event: 'payment-duty-failed', duty, ...briefly(error) }, 'a duty failed and is repeated');
    },
  };
}
