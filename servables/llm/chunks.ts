/**
 * Kernels take a prompt's tokens by 32 or 64 at a time, and a single one that is left over another way, which differs in the
 * last bit. Cut at multiples of this, every token is taken the same way however often the prompt is cut.
 */
export const CHUNK_STRIDE = 64

/** With so much room every prompt can go on: one stride, and a token that would otherwise be left alone. */
export const SMALLEST_ROOM = CHUNK_STRIDE + 1

/**
 * Where the next chunk of a prompt of `length` tokens ends, of which `from` are computed, with room for `room` tokens;
 * undefined when it must wait for more. The last chunk is never one token alone.
 */
export function chunkEnd(from: number, length: number, room: number): number | undefined {
  if (length - from <= room) return length
  const end = Math.floor((from + room) / CHUNK_STRIDE) * CHUNK_STRIDE
  const leavesOneAlone = end === length - 1
  const cut = leavesOneAlone ? end - CHUNK_STRIDE : end
  return cut > from ? cut : undefined
}
