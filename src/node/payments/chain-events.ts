import type { ChainEvents } from '../../payments/chain/chain-events.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';

/** Tells what a chain reader reports to log and metrics. An endpoint is named by its host alone: keys stand in the rest of its URL. */
export function chainEvents({ log, metrics: { payments } }: Telemetry): ChainEvents {
  return {
    answered: ({ method }) => payments.chainRequest(method, 'ok'),
    failed: ({ endpoint, method, reason }) => {
      payments.chainRequest(method, 'failed');
      const facts = { event: 'chain-endpoint-failed', endpoint, method, reason };
      log.warn(facts, 'an endpoint of the blockchain gave no usable answer');
    },
    block: ({ block }) => payments.chainBlock(block),
  };
}
