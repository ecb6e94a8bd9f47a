import { EngineError } from '../../engine/index.ts'
import { elements } from './elements.ts'
import { koffi, libc } from './native.ts'
import type { TensorType, TypedArrays } from './types.ts'

const PAGE = 4096
/** Node 20 aborts when it is to make an ArrayBuffer of 4 GiB or more over foreign memory. */
const LARGEST_VIEW = 2 ** 32 - PAGE

const PROT_READ_WRITE = 3
const MAP_FAILED = 2n ** 64n - 1n
/** MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, and the advice to drop pages: MADV_DONTNEED on Linux, MADV_FREE on macOS. */
const own = process.platform === 'darwin' ? { flags: 0x1042, drop: 5 } : { flags: 0x4022, drop: 4 }
/** Of pages that may show at several addresses, on Linux: MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, and MADV_REMOVE. */
const shared = { flags: 0x4021, drop: 9 }
/** MADV_NOHUGEPAGE, on Linux: rows are touched here and there, and where huge pages are always on, each place would take 2 MB. */
const SMALL_PAGES = 15
/** MREMAP_MAYMOVE | MREMAP_FIXED. */
const TO_ADDRESS = 3

interface Pager {
  mmap(address: null, bytes: number, protection: number, flags: number, file: number, offset: number): bigint
  munmap(address: bigint, bytes: number): number
  madvise(address: bigint, bytes: number, advice: number): number
  /** Linux only. From 0 bytes: the pages stay where they are and show at the new address, too. */
  mremap?(address: bigint, bytes: 0, newBytes: number, flags: number, newAddress: bigint): bigint
}

const memcpy: (to: bigint, from: bigint, bytes: number) => void = libc.func('memcpy', 'void', ['void *', 'void *', 'size_t'])

const openPager = (): Pager | undefined => {
  if (process.platform === 'win32') return undefined
  return {
    mmap: libc.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: libc.func('munmap', 'int', ['void *', 'size_t']),
    madvise: libc.func('madvise', 'int', ['void *', 'size_t', 'int']),
    ...(process.platform === 'linux' && {
      mremap: libc.func('mremap', 'void *', ['void *', 'size_t', 'size_t', 'int', 'void *']),
    }),
  }
}

const pager = openPager()
const mappings = new FinalizationRegistry<{ address: bigint; bytes: number }>(({ address, bytes }) => {
  pager?.munmap(address, bytes)
})

/** The memory that each view shows: a mapping must outlive its last view. */
const shown = new WeakMap<ArrayBufferLike, Memory>()

/**
 * Address space from the operating system. On Linux and macOS it lies outside V8's accounting and takes memory only where it
 * is touched, so far more may be reserved than the machine has; elsewhere it is an ordinary ArrayBuffer. Reads as zeros at first.
 */
export class Memory {
  readonly byteLength: number
  /** Where it begins. */
  readonly address: bigint
  readonly #buffer: ArrayBuffer | undefined
  /** How its pages are given back. */
  readonly #drop: number
  #disposed = false

  private constructor(byteLength: number, address: bigint, buffer: ArrayBuffer | undefined, drop: number) {
    this.byteLength = byteLength
    this.address = address
    this.#buffer = buffer
    this.#drop = drop
  }

  static reserve(bytes: number): Memory {
    return Memory.#reserve(bytes, own)
  }

  /** Memory whose pages may show in others, by `show`; where `Memory.shows`. */
  static reserveShared(bytes: number): Memory {
    return Memory.#reserve(bytes, shared)
  }

  /** Whether the operating system lets pages show at several addresses: Linux does. */
  static get shows(): boolean {
    return pager?.mremap !== undefined
  }

  static #reserve(bytes: number, { flags, drop }: typeof own): Memory {
    if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new EngineError('internal', `cannot reserve ${bytes} bytes of memory`)
    if (pager === undefined) {
      const buffer = new ArrayBuffer(bytes)
      return new Memory(bytes, koffi.address(buffer), buffer, drop)
    }
    const address = pager.mmap(null, bytes, PROT_READ_WRITE, flags, -1, 0)
    if (address === MAP_FAILED) {
      throw new EngineError('internal', `the operating system refuses ${bytes} bytes of address space; see ulimit -v`)
    }
    if (process.platform === 'linux') pager.madvise(address, bytes, SMALL_PAGES)
    const memory = new Memory(bytes, address, undefined, drop)
    mappings.register(memory, { address, bytes })
    return memory
  }

  /**
   * From now on the pages at `byteOffset` are those of a shared memory at `fromOffset`: what is written at one place is read at
   * the other. What was at `byteOffset` shows there no more. All in whole pages.
   */
  show(from: Memory, fromOffset: number, byteOffset: number, bytes: number): void {
    this.check(byteOffset, bytes)
    from.check(fromOffset, bytes)
    const address = this.address + BigInt(byteOffset)
    const at = pager?.mremap?.(from.address + BigInt(fromOffset), 0, bytes, TO_ADDRESS, address)
    if (at !== address) throw new EngineError('internal', `the operating system does not show ${bytes} bytes of memory twice`)
  }

  /** Shows `length` elements from `byteOffset` on, in place. A view keeps the mapping; it must be under 4 GiB. */
  view<Type extends TensorType>(type: Type, byteOffset: number, length: number): TypedArrays[Type] {
    const { array, bytes } = elements[type]
    this.check(byteOffset, length * bytes)
    if (byteOffset % bytes !== 0)
      throw new EngineError('internal', `offset ${byteOffset} is not a multiple of ${bytes}, as ${type} needs`)
    if (length * bytes > LARGEST_VIEW) throw new EngineError('internal', `a view of ${length * bytes} bytes is over 4 GiB`)
    if (this.#buffer !== undefined) return new array(this.#buffer, byteOffset, length)
    const buffer = length === 0 ? new ArrayBuffer(0) : koffi.view(this.address + BigInt(byteOffset), length * bytes)
    shown.set(buffer, this)
    return new array(buffer, 0, length)
  }

  /** Copies bytes of another memory, or of another place in this one, to `toOffset`. The two ranges must not overlap. */
  copy(from: Memory, fromOffset: number, toOffset: number, bytes: number): void {
    this.check(toOffset, bytes)
    from.check(fromOffset, bytes)
    memcpy(this.address + BigInt(toOffset), from.address + BigInt(fromOffset), bytes)
  }

  /** Gives the whole pages within a range back to the operating system; the contents of the range are lost. */
  discard(byteOffset: number, bytes: number): void {
    this.check(byteOffset, bytes)
    const first = Math.ceil(byteOffset / PAGE) * PAGE
    const end = byteOffset + bytes === this.byteLength ? this.byteLength : Math.floor((byteOffset + bytes) / PAGE) * PAGE
    if (end > first) pager?.madvise(this.address + BigInt(first), end - first, this.#drop)
  }

  /** Gives all pages back. The addresses stay mapped until no view or tensor shows them, so that a late look finds zeros. */
  dispose(): void {
    if (this.#disposed) return
    this.discard(0, this.byteLength)
    this.#disposed = true
  }

  /** Throws unless the memory is live and the range lies within it. */
  check(byteOffset: number, bytes: number): void {
    if (this.#disposed) throw new EngineError('internal', 'the memory has been disposed')
    if (!(byteOffset >= 0 && bytes >= 0 && byteOffset + bytes <= this.byteLength)) {
      throw new EngineError('internal', `bytes ${byteOffset} to ${byteOffset + bytes} are outside a memory of ${this.byteLength}`)
    }
  }
}
