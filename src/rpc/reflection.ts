import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { DESCRIPTOR_SET } from '../generated/descriptor-set.ts';
import { SERVICE_NAMES } from './methods.ts';

/** The files of a FileDescriptorSet, whose only field is `repeated FileDescriptorProto file = 1`. */
function descriptorFiles(): Buffer[] {
  const reader = new BinaryReader(Buffer.from(DESCRIPTOR_SET, 'base64'));
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    reader.uint32();
    files.push(Buffer.from(reader.bytes()));
  }
  return files;
}

/** Puts gRPC reflection, v1 and v1alpha, onto a server: grpcurl and the like need no `.proto` files then. */
export function addReflection(server: Server): void {
  // the service reads the files and nothing else of a definition; this kind is the one without functions
  const files = {
    format: 'Protocol Buffer 3 EnumDescriptorProto',
    type: {},
    fileDescriptorProtos: descriptorFiles(),
  } as const;
  new ReflectionService({ provender: files }, { services: [...SERVICE_NAMES] }).addToServer(server);
}
