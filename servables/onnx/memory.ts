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
const { flags, drop } = process.platform === 'darwin' ? { flags: 0x1042, drop: 5 } : { flags: 0x4022, drop: 4 }

interface Pager {
  mmap(address: null, bytes: number, protection: number, flags: number, file: number, offset: number): bigint
  munmap(address: bigint, bytes: number): number
  madvise(address: bigint, bytes: number, advice: number): number
}

const memcpy: (to: bigint, from: bigint, bytes: number) => void = libc.func('memcpy', 'void', ['void *', 'void *', 'size_t'])

const openPager = (): Pager | undefined => {
  if (process.platform === 'win32') return undefined
  return {
    mmap: libc.func('mmap', 'void *', ['void *', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: libc.func('munmap', 'int', ['void *', 'size_t']),
    madvise: libc.func('madvise', 'int', ['void *', 'size_t', 'int']),
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
  #disposed = false

  private constructor(byteLength: number, address: bigint, buffer: ArrayBuffer | undefined) {
    this.byteLength = byteLength
    this.address = address
    this.#buffer = buffer
  }

  static reserve(bytes: number): Memory {
    if (!Number.isSafeInteger(bytes) || bytes <= 0) throw new EngineError('internal', `cannot reserve ${bytes} bytes of memory`)
    if (pager === undefined) {
      const buffer = new ArrayBuffer(bytes)
      return new Memory(bytes, koffi.address(buffer), buffer)
    }
    const address = pager.mmap(null, bytes, PROT_READ_WRITE, flags, -1, 0)
    if (address === MAP_FAILED) {
      throw new EngineError('internal', `the operating system refuses ${bytes} bytes of address space; see ulimit -v`)
    }
    const memory = new Memory(bytes, address, undefined)
    mappings.register(memory, { address, bytes })
    return memory
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
    if (end > first) pager?.madvise(this.address + BigInt(first), end - first, drop)
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
