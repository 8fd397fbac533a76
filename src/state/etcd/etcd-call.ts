import { type CallOptions, type ClientUnaryCall, Metadata, type ServiceError, status } from '@grpc/grpc-js';

/** Why a call on one endpoint gave no answer. */
export interface CallFailure {
  /** Status of gRPC. */
  readonly code: number;
  readonly details: string;
  /** The request may have left this process. False is a proof. */
  readonly isSent: boolean;
}

/** What became of a call on one endpoint. */
export type CallResult<T> = { readonly answer: T } | { readonly failure: CallFailure };

/** A call of a generated stub, with its request. */
export type StartCall<T> = (
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, answer: T) => void,
) => ClientUnaryCall;

/** How long a call may take, and who may end it. */
export interface CallLimits {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A member that knows no leader refuses such calls before it does anything with them. */
export function needsLeader(): Metadata {
  const metadata = new Metadata();
  metadata.set('hasleader', 'true');
  return metadata;
}

const NEEDS_LEADER = needsLeader();
const NEEDS_NOTHING = new Metadata();

/**
 * Runs a call once, without any retry.
 *
 * Whether the request was sent: a call tells its peer, which is the target of its channel until a connection has taken the call, and the address
 * of that connection from then on. Refused connections, names without address and deadlines that pass while a connection is made are therefore
 * told apart from all that may have reached a member; whatever is not clear counts as sent.
 *
 * @param target - of the channel, as it says it
 */
export function callOnce<T>(
  start: StartCall<T>,
  { target, deadlineMs, signal, leaderless = false }: CallLimits & { target: string; leaderless?: boolean },
): Promise<CallResult<T>> {
  if (signal?.aborted === true) return Promise.resolve({ failure: CANCELLED });
  return new Promise((resolve) => {
    let call: ClientUnaryCall | undefined;
    const cancel = (): void => call?.cancel();
    const options = { deadline: Date.now() + deadlineMs };
    try {
      call = start(leaderless ? NEEDS_NOTHING : NEEDS_LEADER, options, (error, answer) => {
        signal?.removeEventListener('abort', cancel);
        if (error === null) return resolve({ answer });
        const { code, details } = error;
        resolve({ failure: { code, details, isSent: call?.getPeer() !== target } });
      });
    } catch (error) {
      // a channel that was closed takes no calls
      const details = error instanceof Error ? error.message : String(error);
      return resolve({ failure: { code: status.UNAVAILABLE, details, isSent: false } });
    }
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

/** A call that was ended before it began. */
const CANCELLED: CallFailure = { code: status.CANCELLED, details: 'cancelled', isSent: false };
