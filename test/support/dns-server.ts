import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import type { SrvRecord } from '../../src/node/network/srv-order.ts';

/** A name service on loopback that knows SRV records only. */
export interface DnsServer extends AsyncDisposable {
  /** Records by name, in lower case; a test may change them. */
  readonly records: Map<string, readonly SrvRecord[]>;
  /** Names that were asked for, in order. */
  readonly asked: readonly string[];
  /** When set, it answers nothing but this code. */
  failure: number | undefined;
  /** A resolver that asks this server. */
  resolver(): Resolver;
}

const SRV = 33;
const NAME_ERROR = 3;

/** Opens one on a free port. */
export async function openDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  const server: DnsServer = {
    records: new Map(),
    asked,
    failure: undefined,
    resolver: () => {
      const resolver = new Resolver({ timeout: 1000, tries: 1 });
      resolver.setServers([`127.0.0.1:${socket.address().port}`]);
      return resolver;
    },
    [Symbol.asyncDispose]: async () => {
      await new Promise<void>((resolve) => void socket.close(() => resolve()));
    },
  };
  socket.on('message', (query, { port, address }) => {
    const { name, end } = nameOf(query);
    asked.push(name);
    const found = server.records.get(name);
    const code = server.failure ?? (found === undefined ? NAME_ERROR : 0);
    socket.send(
      answer(query.subarray(0, end + 4), { code, records: code === 0 ? (found ?? []) : [] }),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return server;
}

/** Name of the question of a query, and where its bytes end. */
function nameOf(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** @param question - header and question, copied into the answer */
function answer(
  question: Buffer,
  { code, records }: { readonly code: number; readonly records: readonly SrvRecord[] },
): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | code, 2); // a recursive answer
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8); // no further sections
  return Buffer.concat([head, ...records.map(recordBytes)]);
}

function recordBytes({ name, port, priority, weight }: SrvRecord): Buffer {
  const labels = name === '' ? [] : name.split('.');
  const target = [...labels.map((label) => Buffer.from(`\0${label}`, 'latin1')), Buffer.alloc(1)];
  for (const label of target.slice(0, -1)) label.writeUInt8(label.length - 1, 0);
  const data = Buffer.concat([u16(priority), u16(weight), u16(port), ...target]);
  const ofQuestion = u16(0xc00c);
  return Buffer.concat([ofQuestion, u16(SRV), u16(1), Buffer.alloc(4), u16(data.length), data]);
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
