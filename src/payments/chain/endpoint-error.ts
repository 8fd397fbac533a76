/**
 * Why an endpoint gave no usable answer: it said so itself (`refused`), it did not answer (`unreachable`), its answer has another form than Ethereum's
 * (`malformed`), or it serves another chain (`wrong-chain`).
 */
export type EndpointFailure = 'refused' | 'unreachable' | 'malformed' | 'wrong-chain';

/** A failure of one endpoint. Its text has the endpoint's host, and nothing else of its URL. Never leaves the chain reader but as a cause. */
export class EndpointError extends Error {
  readonly failure: EndpointFailure;

  constructor(failure: EndpointFailure, message: string) {
    super(message);
    this.name = 'EndpointError';
    this.failure = failure;
  }
}
