/** What is needed of it here; Node's types leave it to the DOM's. */
declare const WebAssembly: {
  readonly Memory: { readonly prototype: Memory }
  readonly RuntimeError: ErrorConstructor
}

interface Memory {
  readonly buffer: ArrayBufferLike
  grow(pages: number): number
}

/** How much memory WebAssembly has in this thread, once it has wanted more than it began with. */
export interface Heap {
  readonly bytes: number
}

/** WebAssembly's memory only ever grows; from here on, in this thread, not beyond `maxBytes`: what wants more is aborted. */
export function boundHeap(maxBytes: number): Heap {
  const heap = { bytes: 0 }
  const prototype: { grow(this: Memory, pages: number): number } = WebAssembly.Memory.prototype
  const grow = prototype.grow
  prototype.grow = function bounded(pages) {
    const bytes = this.buffer.byteLength + pages * 65_536
    if (bytes > maxBytes) throw new RangeError(`WebAssembly may have ${maxBytes} bytes.`)
    heap.bytes = bytes
    return grow.call(this, pages)
  }
  return heap
}

/**
 * Whether code in WebAssembly broke off: a trap, an abort, a spent stack, a C++ exception (thrown as a number). What it was
 * working on is left in any state. Errors of JavaScript around it are something else.
 */
export function isBreak(error: unknown): boolean {
  return !(error instanceof Error) || [WebAssembly.RuntimeError, RangeError].some((kind) => error instanceof kind)
}
