import { characters, choice, type Expression, empty, optional, repeat, sequence, text } from './ebnf.ts'

/** Digits of a number at most, where it is free. JSON's numbers have no end, and models that write them find none. */
const maxDigits = 21
const maxFraction = 15

export interface Bounds {
  /** undefined: none. */
  readonly from: number | undefined
  readonly to: number | undefined
  /** Whether the bounds themselves are left out. */
  readonly isFromExcluded: boolean
  readonly isToExcluded: boolean
}

/** Integers within bounds, without exponent. Undefined: there are none. */
export function integers({ from, to, isFromExcluded, isToExcluded }: Bounds): Expression | undefined {
  const lowest = from === undefined ? undefined : BigInt(Math.ceil(from)) + (isFromExcluded && Number.isInteger(from) ? 1n : 0n)
  const highest = to === undefined ? undefined : BigInt(Math.floor(to)) - (isToExcluded && Number.isInteger(to) ? 1n : 0n)
  if (lowest !== undefined && highest !== undefined && lowest > highest) return undefined
  return eitherSign(
    highest === undefined || highest >= 0n ? naturals(max(lowest ?? 0n, 0n), highest) : undefined,
    lowest === undefined || lowest < 0n
      ? naturals(max(-(highest ?? -1n), 1n), lowest === undefined ? undefined : -lowest)
      : undefined,
  )
}

/** Decimal numbers within bounds, without exponent. Undefined: there are none. */
export function decimals({ from, to, isFromExcluded, isToExcluded }: Bounds): Expression | undefined {
  if (from !== undefined && to !== undefined && (from > to || (from === to && (isFromExcluded || isToExcluded)))) return undefined
  const isZeroIn = (from ?? 0) <= 0 && (to ?? 0) >= 0
  const positive =
    to === undefined || to >= 0
      ? unsigned(
          decimal(Math.max(from ?? 0, 0)),
          to === undefined ? undefined : decimal(to),
          (from ?? -1) >= 0 && isFromExcluded,
          isToExcluded,
        )
      : undefined
  const negative =
    from === undefined || from < 0
      ? unsigned(
          decimal(Math.max(-(to ?? 0), 0)),
          from === undefined ? undefined : decimal(-from),
          isZeroIn || isToExcluded,
          isFromExcluded,
        )
      : undefined
  return eitherSign(positive, negative)
}

function eitherSign(positive: Expression | undefined, negative: Expression | undefined): Expression | undefined {
  const minus = negative && sequence(text('-'), negative)
  return positive && minus ? choice(positive, minus) : (positive ?? minus)
}

interface Decimal {
  readonly whole: bigint
  /** Digits behind the point, without zeros at the end. */
  readonly fraction: string
}

function decimal(value: number): Decimal {
  const [mantissa = '', exponent = '0'] = value.toString().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const shift = Number(exponent)
  const [left, right] =
    shift >= 0
      ? [whole + fraction.padEnd(shift, '0').slice(0, shift), fraction.slice(shift)]
      : ['0', '0'.repeat(-shift - whole.length) + whole + fraction]
  return { whole: BigInt(left), fraction: right.replace(/0+$/, '') }
}

function unsigned(
  from: Decimal,
  to: Decimal | undefined,
  isFromExcluded: boolean,
  isToExcluded: boolean,
): Expression | undefined {
  // So many digits that none but the exact bound is rounded to it.
  const places = Math.max(1, maxFraction - (to ?? from).whole.toString().length)
  const behind = (whole: bigint, low: string | undefined, high: string | undefined): Expression | undefined => {
    const { some, isEmpty } = fractions(low, high, isFromExcluded, isToExcluded, places)
    if (some === undefined) return isEmpty ? text(`${whole}`) : undefined
    return sequence(text(`${whole}`), isEmpty ? optional(text('.'), some) : sequence(text('.'), some))
  }
  const anyFraction = optional(text('.'), repeat(digits(0, 9), 1, places))
  const between = (low: bigint, high: bigint | undefined) => {
    const whole = high === undefined || low <= high ? naturals(low, high) : undefined
    return whole && sequence(whole, anyFraction)
  }
  const parts =
    to !== undefined && from.whole === to.whole
      ? [behind(from.whole, from.fraction, to.fraction)]
      : [
          behind(from.whole, from.fraction, undefined),
          between(from.whole + 1n, to && to.whole - 1n),
          to && behind(to.whole, undefined, to.fraction),
        ]
  const possible = parts.filter((part) => part !== undefined)
  return possible.length === 0 ? undefined : choice(...possible)
}

/**
 * Digits behind a point, where those before it are a bound's.
 *
 * @param low those of the lower bound; undefined: what stands before is above it
 * @returns one digit or more, and whether there may be none
 */
function fractions(
  low: string | undefined,
  high: string | undefined,
  isLowExcluded: boolean,
  isHighExcluded: boolean,
  places: number,
): { readonly some: Expression | undefined; readonly isEmpty: boolean } {
  const isAboveLow = low === undefined || (low === '' && !isLowExcluded)
  const isEmpty = isAboveLow && (high !== '' || !isHighExcluded)
  if (isAboveLow && high === undefined) return { some: repeat(digits(0, 9), 1, places), isEmpty }
  if (high === '') return { some: isAboveLow && !isHighExcluded ? repeat(text('0'), 1, places) : undefined, isEmpty }
  if (low === '' && high === undefined) {
    return { some: sequence(repeat(text('0'), 0, places - 1), digits(1, 9), repeat(digits(0, 9), 0, places)), isEmpty }
  }
  const first = isAboveLow ? 0 : Number(low?.[0] ?? 0)
  const last = high === undefined ? 9 : Number(high[0])
  const followed = (digit: number, lower: string | undefined, higher: string | undefined): Expression | undefined => {
    const rest = fractions(lower, higher, isLowExcluded, isHighExcluded, Math.max(1, places - 1))
    const end = rest.isEmpty ? empty : undefined
    if (rest.some === undefined) return end && text(`${digit}`)
    return sequence(text(`${digit}`), end ? optional(rest.some) : rest.some)
  }
  const isLow = !isAboveLow
  const isHigh = high !== undefined
  const lowRest = isLow ? (low ?? '').slice(1) : undefined
  const highRest = isHigh ? high.slice(1) : undefined
  if (isLow && isHigh && first === last) return { some: followed(first, lowRest, highRest), isEmpty }
  const middleFrom = isLow ? first + 1 : first
  const middleTo = isHigh ? last - 1 : last
  const parts = [
    isLow ? followed(first, lowRest, undefined) : undefined,
    middleFrom <= middleTo ? sequence(digits(middleFrom, middleTo), repeat(digits(0, 9), 0, places)) : undefined,
    isHigh ? followed(last, undefined, highRest) : undefined,
  ].filter((part) => part !== undefined)
  return { some: parts.length === 0 ? undefined : choice(...parts), isEmpty }
}

/** Numbers without sign or zeros before them. */
function naturals(from: bigint, to: bigint | undefined): Expression {
  const low = from.toString()
  if (to === undefined) {
    const longer = sequence(digits(1, 9), repeat(digits(0, 9), low.length, Math.max(low.length, maxDigits)))
    return choice(sameLength(low, '9'.repeat(low.length)), longer)
  }
  const high = to.toString()
  const lengths = Array.from({ length: high.length - low.length + 1 }, (_, index) => low.length + index)
  return choice(
    ...lengths.map((length) =>
      sameLength(length === low.length ? low : `1${'0'.repeat(length - 1)}`, length === high.length ? high : '9'.repeat(length)),
    ),
  )
}

/** Numbers between two of so many digits. */
function sameLength(low: string, high: string): Expression {
  if (low === '') return empty
  if (/^0*$/.test(low) && /^9*$/.test(high)) return repeat(digits(0, 9), low.length, low.length)
  const [first, last] = [Number(low[0]), Number(high[0])]
  const [lowRest, highRest] = [low.slice(1), high.slice(1)]
  if (first === last) return sequence(text(`${first}`), sameLength(lowRest, highRest))
  const isWhole = /^0*$/.test(lowRest) && /^9*$/.test(highRest)
  if (isWhole) return sequence(digits(first, last), repeat(digits(0, 9), lowRest.length, lowRest.length))
  return choice(
    sequence(text(`${first}`), sameLength(lowRest, '9'.repeat(lowRest.length))),
    ...(first + 1 < last ? [sequence(digits(first + 1, last - 1), repeat(digits(0, 9), lowRest.length, lowRest.length))] : []),
    sequence(text(`${last}`), sameLength('0'.repeat(highRest.length), highRest)),
  )
}

const digits = (first: number, last: number): Expression => characters([0x30 + first, 0x30 + last])
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
