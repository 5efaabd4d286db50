/**
 * Relocates a position-independent program beforehand, for one address. Where
 * that is free, nearly all that is left to the dynamic loader are the symbols.
 */

import type { Arch } from "./native.ts";

/** What the launcher has to know (native/image.h, struct image_prelink). */
export interface Prelink {
  /** The address that the program was relocated for. */
  readonly base: number;
  /** Where its relocations are that this has done, without the base. */
  readonly relocations: number;
  /** How many they are. */
  readonly count: number;
}

/** A program that has been relocated. */
export interface Prelinked {
  readonly data: Uint8Array;
  readonly prelink: Prelink;
}

/**
 * 64 GB: not near the launcher, its heap, its stack, or where the kernel puts
 * mappings of its own choice, and there also where a processor has only 39 bits
 * of address space (aarch64).
 */
const base = 0x10_0000_0000;

/** R_X86_64_RELATIVE and R_AARCH64_RELATIVE: the base and the addend. */
const relativeType: Readonly<Record<Arch, number>> = {
  x86_64: 8,
  aarch64: 1027,
};

const ELF_MAGIC = 0x7f454c46;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_NULL = 0;
const DT_RELA = 7;
const DT_RELASZ = 8;
const DT_RELACOUNT = 0x6ffffff9;
/** Of Elf64_Ehdr, Elf64_Phdr, Elf64_Dyn and Elf64_Rela (elf(5)). */
const headerSize = 64;
const segmentSize = 56;
const entrySize = 16;
const relocationSize = 24;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** In the file. */
  readonly size: number;
}

/**
 * Relocates a program. The loader counts on its relative relocations being the
 * first (DT_RELACOUNT), so its dynamic section can leave them out.
 *
 * @param program an ELF file, which is not changed
 * @returns undefined where it counts no such relocations
 * @throws Error when a relocation is not of the type or in the place it should
 */
export function prelink(
  arch: Arch,
  program: Uint8Array,
): Prelinked | undefined {
  const data = program.slice();
  const view = new DataView(data.buffer);
  const segments = readSegments(view);
  const dynamic = readDynamic(view, segments);
  const [relocations, size, count] = [DT_RELA, DT_RELASZ, DT_RELACOUNT]
    .map((tag) => dynamic.get(tag));
  if (!relocations || !size || !count?.value) return undefined;

  const done = count.value * relocationSize;
  const first = offsetOf(segments, relocations.value, done);
  for (let n = 0; n < count.value; n++) {
    const at = first + n * relocationSize;
    const target = Number(view.getBigUint64(at, true));
    const type = view.getUint32(at + 8, true);
    if (type !== relativeType[arch]) {
      throw new Error(`Relocation ${n} of the runtime is of type ${type}`);
    }
    const value = view.getBigInt64(at + 16, true) + BigInt(base);
    view.setBigInt64(offsetOf(segments, target, 8), value, true);
  }
  const set = ({ at }: Entry, value: number): void =>
    view.setBigUint64(at + 8, BigInt(value), true);
  set(relocations, relocations.value + done);
  set(size, size.value - done);
  set(count, 0);
  return {
    data,
    prelink: { base, relocations: relocations.value, count: count.value },
  };
}

function readSegments(view: DataView): Segment[] {
  if (view.byteLength < headerSize || view.getUint32(0) !== ELF_MAGIC) {
    throw new Error("The runtime is no ELF file");
  }
  const start = Number(view.getBigUint64(32, true));
  return Array.from({ length: view.getUint16(56, true) }, (_, n) => {
    const at = start + n * segmentSize;
    return {
      type: view.getUint32(at, true),
      offset: Number(view.getBigUint64(at + 8, true)),
      address: Number(view.getBigUint64(at + 16, true)),
      size: Number(view.getBigUint64(at + 32, true)),
    };
  });
}

/** An entry of the dynamic section. */
interface Entry {
  /** Its place in the file. */
  readonly at: number;
  readonly value: number;
}

/** The dynamic section's entries by their tags. */
function readDynamic(
  view: DataView,
  segments: readonly Segment[],
): Map<number, Entry> {
  const entries = new Map<number, Entry>();
  const section = segments.find(({ type }) => type === PT_DYNAMIC);
  if (section === undefined) return entries;
  const end = section.offset + section.size;
  for (let at = section.offset; at < end; at += entrySize) {
    const tag = Number(view.getBigInt64(at, true));
    if (tag === DT_NULL) break;
    const value = Number(view.getBigUint64(at + 8, true));
    entries.set(tag, { at, value });
  }
  return entries;
}

/** Where in the file lies what has an address. */
function offsetOf(
  segments: readonly Segment[],
  address: number,
  size: number,
): number {
  const segment = segments.find((segment) =>
    segment.type === PT_LOAD && address >= segment.address &&
    address + size <= segment.address + segment.size
  );
  if (segment === undefined) {
    throw new Error(
      `The runtime's file has no bytes for the address 0x${
        address.toString(16)
      }`,
    );
  }
  return address - segment.address + segment.offset;
}
