/** Code points from the first to the last, both included. */
type Range = readonly [first: number, last: number]

const lastCodePoint = 0x10ffff
const digits: readonly Range[] = [[0x30, 0x39]]
const word: readonly Range[] = [...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]
const space: readonly Range[] = [
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
const sets: Readonly<Record<string, readonly Range[]>> = {
  d: digits,
  w: word,
  s: space,
  D: complement(digits),
  W: complement(word),
  S: complement(space),
}
const controls: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d, 0: 0 }
/** What no JSON string holds as it is: control characters, the quotation mark, the backslash. */
const unsafe: readonly Range[] = [
  [0x00, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
]
/** How JSON spells some of them behind a backslash. Others only have `\\u00XX`, which no pattern is worth. */
const spelled: readonly (readonly [codePoint: number, spelling: string])[] = [
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [0x5c, '\\\\'],
]

/**
 * The regular expression of what matches of a pattern look like inside a JSON string. The compiler takes a schema's `pattern` for
 * that, where `.` would let a quotation mark through that ends the string.
 */
export function forJsonString(pattern: string): string {
  let result = ''
  for (let at = 0; at < pattern.length; ) {
    const item = itemAt(pattern, at)
    result += item === undefined ? pattern[at] : spelling(item.ranges)
    at = item === undefined ? at + 1 : item.end
  }
  return result
}

interface Item {
  readonly ranges: readonly Range[]
  readonly end: number
}

/** A class, an escape or a character that matches one character; undefined for the pattern's grammar. */
function itemAt(pattern: string, at: number): Item | undefined {
  const character = pattern[at]
  if (character === '.')
    return {
      ranges: complement([
        [0x0a, 0x0a],
        [0x0d, 0x0d],
        [0x2028, 0x2029],
      ]),
      end: at + 1,
    }
  if (character === '"') return { ranges: [[0x22, 0x22]], end: at + 1 }
  if (character === '[') return classAt(pattern, at)
  return character === '\\' ? escapeAt(pattern, at) : undefined
}

function escapeAt(pattern: string, at: number): Item | undefined {
  const letter = pattern[at + 1]
  if (letter === undefined) return undefined
  const one = (codePoint: number, length: number): Item => ({ ranges: [[codePoint, codePoint]], end: at + length })
  const hex = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(pattern.slice(at, at + 6))
  if (hex !== null) return one(Number.parseInt(hex[1] ?? hex[2] ?? '', 16), hex[0].length)
  const set = sets[letter]
  if (set !== undefined) return { ranges: set, end: at + 2 }
  const control = controls[letter]
  if (control !== undefined) return one(control, 2)
  return /[0-9A-Za-z]/.test(letter) ? undefined : one(letter.charCodeAt(0), 2)
}

function classAt(pattern: string, open: number): Item | undefined {
  const isNegated = pattern[open + 1] === '^'
  const ranges: Range[] = []
  let at = open + (isNegated ? 2 : 1)
  while (pattern[at] !== ']') {
    const first = memberAt(pattern, at)
    if (first === undefined) return undefined
    const last = pattern[first.end] === '-' && pattern[first.end + 1] !== ']' ? memberAt(pattern, first.end + 1) : undefined
    if (last === undefined) ranges.push(...first.ranges)
    else ranges.push([first.ranges[0]![0], last.ranges.at(-1)![1]])
    at = (last ?? first).end
  }
  return { ranges: isNegated ? complement(ranges) : ranges, end: at + 1 }
}

function memberAt(pattern: string, at: number): Item | undefined {
  if (pattern[at] === '\\') return escapeAt(pattern, at)
  const codePoint = pattern.codePointAt(at)
  if (codePoint === undefined) return undefined
  return { ranges: [[codePoint, codePoint]], end: at + (codePoint > 0xffff ? 2 : 1) }
}

function complement(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = []
  let next = 0
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    if (first > next) result.push([next, first - 1])
    next = Math.max(next, last + 1)
  }
  return next > lastCodePoint ? result : [...result, [next, lastCodePoint]]
}

/** One character of the ranges, as JSON spells it. */
function spelling(ranges: readonly Range[]): string {
  const safe = complement([...complement(ranges), ...unsafe])
  const escapes = spelled.filter(([codePoint]) => ranges.some(([first, last]) => first <= codePoint && codePoint <= last))
  const raw = safe.length === 0 ? [] : [`[${safe.map(([first, last]) => `${inClass(first)}-${inClass(last)}`).join('')}]`]
  const escaped = escapes.length === 0 ? [] : [`\\\\[${escapes.map(([, letter]) => letter).join('')}]`]
  return `(${[...raw, ...escaped].join('|')})`
}

function inClass(codePoint: number): string {
  if (codePoint > 0xffff) return String.fromCodePoint(codePoint)
  return codePoint > 0xff ? `\\u${codePoint.toString(16).padStart(4, '0')}` : `\\x${codePoint.toString(16).padStart(2, '0')}`
}
