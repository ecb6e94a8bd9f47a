/** Code points from the first to the last, both included. */
export type Range = readonly [first: number, last: number]

export const lastCodePoint = 0x10ffff

export const digits: readonly Range[] = [[0x30, 0x39]]
export const word: readonly Range[] = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]
/** JavaScript's `\s`, of which answers have those of ASCII. */
export const space: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]
/** What `.` leaves out: in Python less, in JavaScript two strange ones more. */
export const lineBreaks: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
]
export const asciiSpace: readonly Range[] = space.slice(0, 2)
/** Halves of pairs of UTF-16, which are no characters. */
const surrogates: Range = [0xd800, 0xdfff]

/** All characters but these, in order. */
export function complement(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = []
  let next = 0
  for (const [first, last] of [...ranges, surrogates].sort(([a], [b]) => a - b)) {
    if (first > next) result.push([next, first - 1])
    next = Math.max(next, last + 1)
  }
  return next > lastCodePoint ? result : [...result, [next, lastCodePoint]]
}

/** Characters that are in both, in order. */
export const intersection = (a: readonly Range[], b: readonly Range[]): readonly Range[] =>
  complement([...complement(a), ...complement(b)])

export const includes = (ranges: readonly Range[], codePoint: number): boolean =>
  ranges.some(([first, last]) => first <= codePoint && codePoint <= last)
