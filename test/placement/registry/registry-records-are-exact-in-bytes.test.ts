import assert from 'node:assert/strict';
import { createHash, verify } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isProvenderError } from '../../../src/content/provender-error.ts';
import { networkIdOf } from '../../../src/placement/registry/genesis.ts';
import {
  decodeRegisterNode,
  encodeRegisterNode,
  type RegisterNode,
} from '../../../src/placement/registry/register-node.ts';
import {
  decodeUpdateNode,
  encodeUpdateNode,
  type NodeChanges,
} from '../../../src/placement/registry/update-node.ts';
import { testNode } from '../../support/test-network.ts';

const NODE = testNode('a node');
const NETWORK_ID = networkIdOf('a network');

const big = (value: bigint | number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The tag of the spec in hex. */
function tag(name: string): string {
  const bytes = Buffer.alloc(32);
  bytes.write(`provender/${name}/v1`);
  return bytes.toString('hex');
}

/** Checks with OpenSSL that the last 64 bytes sign H(tag(msg) ‖ all before). */
function assertSigned(message: Uint8Array): void {
  const unsigned = Buffer.from(message.subarray(0, -64));
  const digest = createHash('sha256')
    .update(Buffer.from(tag('msg'), 'hex'))
    .update(unsigned)
    .digest();
  assert.ok(verify(null, digest, NODE.signer.publicKeyObject, message.subarray(-64)));
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const host = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
  minLength: 1,
  maxLength: 255,
});

/** Records as literals give them. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const facts = {
  owner: bytes(20),
  region: u16,
  capacityGiB: u32,
  selfValue: u64,
  host,
};
const registrations: fc.Arbitrary<RegisterNode> = plainRecord({
  networkId: fc.constant(NETWORK_ID),
  storerKey: fc.constant(NODE.storerKey),
  vrfKey: bytes(32),
  vrfProof: bytes(80),
  operatorId: bytes(32),
  grpcPort: u16,
  httpPort: u16,
  nonce: u64,
  ...facts,
});
const updates: fc.Arbitrary<NodeChanges> = fc
  .record(
    {
      ...facts,
      vrf: plainRecord({ key: bytes(32), proof: bytes(80) }),
      ports: plainRecord({ grpcPort: u16, httpPort: u16 }),
      retire: fc.constant(true as const),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .filter((changes) => Object.keys(changes).length > 0);

function plainRegisterNode(node: RegisterNode): string {
  return [
    '0107',
    '0000',
    hex(NETWORK_ID),
    hex(node.storerKey),
    hex(node.vrfKey),
    hex(node.vrfProof),
    hex(node.owner),
    hex(node.operatorId),
    big(node.region, 2),
    big(node.capacityGiB, 4),
    big(node.selfValue, 8),
    big(node.grpcPort, 2),
    big(node.httpPort, 2),
    big(node.host.length, 1),
    Buffer.from(node.host, 'ascii').toString('hex'),
    big(node.nonce, 8),
  ].join('');
}

function plainUpdateNode(changes: NodeChanges, nonce: bigint): string {
  let mask = 0;
  const fields: string[] = [];
  const put = (bit: number, field: string): void => {
    mask += 2 ** bit;
    fields.push(field);
  };
  if (changes.vrf) put(0, hex(changes.vrf.key) + hex(changes.vrf.proof));
  if (changes.owner) put(1, hex(changes.owner));
  if (changes.region !== undefined) put(2, big(changes.region, 2));
  if (changes.capacityGiB !== undefined) put(3, big(changes.capacityGiB, 4));
  if (changes.selfValue !== undefined) put(4, big(changes.selfValue, 8));
  if (changes.ports) put(5, big(changes.ports.grpcPort, 2) + big(changes.ports.httpPort, 2));
  if (changes.host !== undefined)
    put(6, big(changes.host.length, 1) + Buffer.from(changes.host).toString('hex'));
  if (changes.retire) put(7, '');
  return `01080000${hex(NETWORK_ID)}${hex(NODE.storerKey)}${big(mask, 1)}${fields.join('')}${big(nonce, 8)}`;
}

test('RegisterNode has the bytes of the spec, and comes back as it went', () => {
  fc.assert(
    fc.property(registrations, (node) => {
      const message = encodeRegisterNode(node, NODE.signer);
      assert.equal(hex(message.subarray(0, -64)), plainRegisterNode(node));
      assertSigned(message);
      assert.deepEqual(decodeRegisterNode(message), node);
    }),
    { numRuns: 100 },
  );
});

test('UpdateNode has the bytes of the spec, and comes back as it went', () => {
  fc.assert(
    fc.property(updates, u64, (changes, nonce) => {
      const update = { networkId: NETWORK_ID, storerKey: NODE.storerKey, changes, nonce };
      const message = encodeUpdateNode(update, NODE.signer);
      assert.equal(hex(message.subarray(0, -64)), plainUpdateNode(changes, nonce));
      assertSigned(message);
      assert.deepEqual(decodeUpdateNode(message), update);
    }),
    { numRuns: 200 },
  );
});

test('random and cut bytes give an error of ours', () => {
  const decoders = [decodeRegisterNode, decodeUpdateNode];
  const isRefused = (run: () => unknown): boolean => {
    try {
      run();
      return false;
    } catch (error) {
      assert.ok(
        isProvenderError(error, 'PROVENDER_INVALID') || isProvenderError(error, 'PROVENDER_UNSUPPORTED'),
      );
      return true;
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(1), (tail, i) => {
      const start = Buffer.from(`010${7 + i}0000${hex(NETWORK_ID)}`, 'hex');
      for (const decode of decoders) {
        isRefused(() => decode(tail));
        isRefused(() => decode(Buffer.concat([start, tail])));
      }
    }),
  );
  const whole = encodeUpdateNode(
    { networkId: NETWORK_ID, storerKey: NODE.storerKey, changes: { host: 'a.example' }, nonce: 7n },
    NODE.signer,
  );
  for (let length = 0; length < whole.length; length++) {
    assert.ok(
      isRefused(() => decodeUpdateNode(whole.subarray(0, length))),
      `${length} bytes`,
    );
  }
  assert.ok(isRefused(() => decodeUpdateNode(Buffer.concat([whole, Buffer.alloc(1)]))));
});

test('hosts are names or addresses, and an update changes something', () => {
  const update = (changes: NodeChanges): Uint8Array =>
    encodeUpdateNode({ networkId: NETWORK_ID, storerKey: NODE.storerKey, changes, nonce: 1n }, NODE.signer);
  for (const wrong of ['', 'x'.repeat(256), 'a b', 'a\n', 'ä', '\u0000']) {
    assert.throws(() => update({ host: wrong }), { code: 'PROVENDER_INVALID', message: /host/ });
  }
  assert.throws(() => update({}), { code: 'PROVENDER_INVALID', message: /changes nothing/ });
  assert.throws(() => update({ region: 65_536 }), { code: 'PROVENDER_INVALID' });
  const good = update({ host: 'abc' });
  const control = Buffer.from(good);
  control[36 + 32 + 1 + 1] = 0x07;
  assert.throws(() => decodeUpdateNode(control), { code: 'PROVENDER_INVALID', message: /host/ });
  const other = Buffer.from(good);
  other[3] = 1;
  assert.throws(() => decodeUpdateNode(other), { code: 'PROVENDER_UNSUPPORTED', message: /profile/ });
});
