import type { ObjectId } from '../../content/object-id.ts';
import type { Explanation } from '../../placement/primary/explanation.ts';
import type { StorerExplanation } from '../../placement/storer/explanation.ts';
import { asBuffer } from '../data-codec.ts';
import { MAX_PAGE, PLACEMENT_METHODS, REGISTRY_METHODS, ROUND_METHODS } from '../methods.ts';
import type { NetworkEpoch, NetworkFacts, NetworkNode } from '../network-view.ts';
import { epochFromWire, networkFromWire, nodeFromWire } from '../network-wire.ts';
import { explanationFromWire } from '../placement-wire.ts';
import { storerExplanationFromWire } from '../storer-explanation-wire.ts';
import { corruptAnswer } from '../wire-shapes.ts';
import type { Caller, ClientCallOptions } from './caller.ts';

const EMPTY = Buffer.alloc(0);

/** What a node knows of a placement, by the roles that it has. */
export interface PlacementAnswer {
  /** As the primary that placed it. */
  readonly placement?: Explanation;
  /** As a storer. */
  readonly storer?: StorerExplanation;
}

/** The network that a node belongs to, as the node tells it. Every call rejects with `PROVENDER_UNSUPPORTED` at one that stands alone. */
export class NetworkCalls {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Says which network it is, and what the node does in it. */
  async facts(options: ClientCallOptions = {}): Promise<NetworkFacts> {
    return networkFromWire(await this.#caller.read(REGISTRY_METHODS.getNetwork, {}, options));
  }

  /** Looks a node up. @param storerKey - 32 bytes @throws ProvenderError `PROVENDER_NOT_FOUND` */
  async node(
    storerKey: Uint8Array,
    options: ClientCallOptions = {},
  ): Promise<{ readonly node: NetworkNode; readonly epoch: NetworkEpoch }> {
    const request = { storerKey: asBuffer(storerKey) };
    const { node, epoch } = await this.#caller.read(REGISTRY_METHODS.getNode, request, options);
    return { node: nodeFromWire(node), epoch: epochFromWire(epoch) };
  }

  /** All registered nodes, retired ones too, in pages in ascending order of their keys. */
  async *nodes(
    options: ClientCallOptions = {},
  ): AsyncGenerator<{ readonly nodes: readonly NetworkNode[]; readonly epoch: NetworkEpoch }, void> {
    for (let after: Buffer = EMPTY; ; ) {
      const request = { after, limit: MAX_PAGE };
      const page = await this.#caller.read(REGISTRY_METHODS.listNodes, request, options);
      yield { nodes: page.nodes.map(nodeFromWire), epoch: epochFromWire(page.epoch) };
      if (page.next.length === 0) return;
      if (Buffer.compare(page.next, after) <= 0) throw corruptAnswer('a list of nodes goes back');
      after = page.next;
    }
  }

  /**
   * Hands in a record, which then waits for a round; one that waits already is taken again, so a lost answer is repeated without harm.
   * @param record - RegisterNode, UpdateNode, Announce or SetKey message, at most 128 KiB
   * @throws ProvenderError `PROVENDER_INVALID` or `PROVENDER_CONFLICT` when no round may hold it
   */
  async submit(record: Uint8Array, options: ClientCallOptions = {}): Promise<void> {
    await this.#caller.read(ROUND_METHODS.submit, { record: asBuffer(record) }, options);
  }

  /** Says who was picked for an object, who was not, and why. @throws ProvenderError `PROVENDER_NOT_FOUND` when the node remembers no placement of it */
  async explain(id: ObjectId, options: ClientCallOptions = {}): Promise<PlacementAnswer> {
    const request = { objectId: asBuffer(id) };
    const { placement, storer } = await this.#caller.read(PLACEMENT_METHODS.explain, request, options);
    return {
      ...(placement !== undefined && { placement: explanationFromWire(placement) }),
      ...(storer !== undefined && { storer: storerExplanationFromWire(storer) }),
    };
  }

  /** Receipt of a placed object, from a primary; check it with `receipt verify`. @throws ProvenderError `PROVENDER_NOT_FOUND` */
  async receipt(id: ObjectId, options: ClientCallOptions = {}): Promise<Uint8Array> {
    const request = { objectId: asBuffer(id) };
    return (await this.#caller.read(PLACEMENT_METHODS.getReceipt, request, options)).receipt;
  }
}
