import type { Range } from './characters.ts'

/** Bytes, one after the other, each out of a range. */
export type ByteRanges = readonly Range[]

/** The encodings of code points behind ASCII, as sequences of bytes. */
export function utf8Sequences(ranges: readonly Range[]): readonly ByteRanges[] {
  return ranges.flatMap(([first, last]) =>
    lengths.flatMap(([from, to]) => {
      const [low, high] = [Math.max(first, from), Math.min(last, to)]
      return low <= high ? between([...Buffer.from(String.fromCodePoint(low))], [...Buffer.from(String.fromCodePoint(high))]) : []
    }),
  )
}

/** Code points whose encodings have the same number of bytes; none of them half a pair. */
const lengths: readonly Range[] = [
  [0x80, 0x7ff],
  [0x800, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x10ffff],
]

/** Sequences of bytes between two of the same length. */
function between([low = 0, ...lowRest]: readonly number[], [high = 0, ...highRest]: readonly number[]): readonly ByteRanges[] {
  if (lowRest.length === 0) return [[[low, high]]]
  if (low === high) return between(lowRest, highRest).map((rest) => [[low, low], ...rest])
  const isFromStart = lowRest.every((byte) => byte === 0x80)
  const isToEnd = highRest.every((byte) => byte === 0xbf)
  const least = isFromStart ? low : low + 1
  const most = isToEnd ? high : high - 1
  const any: ByteRanges = lowRest.map((): Range => [0x80, 0xbf])
  return [
    ...(isFromStart
      ? []
      : between(
          lowRest,
          any.map(([, last]) => last),
        ).map((rest): ByteRanges => [[low, low], ...rest])),
    ...(least <= most ? [[[least, most], ...any] satisfies ByteRanges] : []),
    ...(isToEnd
      ? []
      : between(
          any.map(([first]) => first),
          highRest,
        ).map((rest): ByteRanges => [[high, high], ...rest])),
  ]
}
