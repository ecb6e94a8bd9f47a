import { type Expression, repeat } from './ebnf.ts'
import { narrowerOf } from './format-patterns.ts'
import { formatExpression, formatNames, nominalFormats } from './formats.ts'
import { inJsonString, type JsonText } from './json-text.ts'
import { lengthsOf } from './lengths.ts'
import { decimals, integers } from './numbers.ts'
import { regexExpression } from './regex.ts'
import { allOf, largest, type Part, unsupported } from './schema-parts.ts'

const int32 = { from: -(2 ** 31), to: 2 ** 31 - 1 }

/** Numbers of a type, `number` or `integer`, within the bounds of all parts. */
export function numberExpression(type: string, parts: readonly Part[], json: JsonText): Expression | undefined {
  const multiple = allOf(parts, 'multipleOf').find(({ value }) => value !== 1)
  if (multiple !== undefined) throw unsupported(multiple.at)
  const isWhole = type === 'integer' || allOf(parts, 'multipleOf').length > 0
  const narrow = allOf(parts, 'format').some(({ value }) => value === 'int32') ? int32 : { from: undefined, to: undefined }
  const from = tighter(largest(parts, 'minimum') ?? narrow.from, largest(parts, 'exclusiveMinimum'), 1)
  const to = tighter(largest(parts, 'maximum', -1) ?? narrow.to, largest(parts, 'exclusiveMaximum', -1), -1)
  if (from.bound === undefined && to.bound === undefined) return isWhole ? json.integer : json.number
  const bounds = { from: from.bound, to: to.bound, isFromExcluded: from.isExcluded, isToExcluded: to.isExcluded }
  return isWhole ? integers(bounds) : decimals(bounds)
}

function tighter(inclusive: number | undefined, exclusive: number | undefined, sign: 1 | -1) {
  const isExcluded = exclusive !== undefined && (inclusive === undefined || sign * exclusive >= sign * inclusive)
  return { bound: isExcluded ? exclusive : inclusive, isExcluded }
}

/** Strings with the length, the pattern and the format that the parts say. */
export function stringExpression(parts: readonly Part[], json: JsonText): Expression | undefined {
  const min = largest(parts, 'minLength') ?? 0
  const max = largest(parts, 'maxLength', -1) ?? Number.POSITIVE_INFINITY
  if (min > max) return undefined
  const [shape, second] = shapesOf(parts)
  if (second !== undefined) throw unsupported(second.at, 'stands beside another pattern or format; combine them in one pattern')
  if (shape === undefined) return min === 0 && max === Number.POSITIVE_INFINITY ? json.string : json.stringOfLength(min, max)
  const fitting = withLength(shape.texts, min, max)
  if (fitting !== undefined) return json.quoted(fitting)
  const wanted = allOf(parts, max === Number.POSITIVE_INFINITY ? 'minLength' : 'maxLength')[0]!
  throw unsupported(wanted.at, 'stands beside a pattern or format that allows other lengths; say the length in the pattern')
}

interface Shape {
  readonly key: string
  readonly texts: Expression
  readonly at: string
}

/** The different texts that patterns and formats describe. */
function shapesOf(parts: readonly Part[]): readonly Shape[] {
  const patterns = allOf(parts, 'pattern').map(({ value, at }) => ({ text: String(value), at }))
  const formats = allOf(parts, 'format')
    .map(({ value, at }) => ({ text: String(value), at }))
    .filter(({ text }) => !nominalFormats.has(text))
  const neededPatterns = patterns.filter(({ text }) => !formats.some((format) => narrowerOf(format.text, text) === 'format'))
  const neededFormats = formats.filter(({ text }) => !patterns.some((pattern) => narrowerOf(text, pattern.text) === 'pattern'))
  const all = [
    ...neededPatterns.map(({ text, at }) => ({ key: `pattern ${text}`, texts: readPattern(text, at), at })),
    ...neededFormats.map(({ text, at }) => ({ key: `format ${text}`, texts: readFormat(text, at), at })),
  ]
  return all.filter(({ key }, index) => all.findIndex((each) => each.key === key) === index)
}

/** @throws EngineError `unsupported_parameter` with the reason */
export function readPattern(pattern: string, at: string): Expression {
  try {
    const texts = regexExpression(pattern)
    inJsonString(texts)
    return texts
  } catch (cause) {
    throw unsupported(at, `cannot be enforced: ${cause instanceof Error ? cause.message : cause}`)
  }
}

function readFormat(format: string, at: string): Expression {
  const texts = formatExpression(format)
  if (texts === undefined)
    throw unsupported(
      at,
      `is ${JSON.stringify(format.slice(0, 40))}, which cannot be enforced; there are ${formatNames.join(', ')}`,
    )
  return texts
}

/** Those of the texts that have so many characters; undefined when that cannot be said of them. */
function withLength(texts: Expression, min: number, max: number): Expression | undefined {
  const [shortest, longest] = lengthsOf(texts)
  if (shortest >= min && longest <= max) return texts
  const only = texts.type === 'sequence' && texts.of.length === 1 ? texts.of[0]! : texts
  if (only.type !== 'repeat' || only.of.type !== 'characters') return undefined
  const [least, most] = [Math.max(only.min, min), Math.min(only.max, max)]
  return least > most ? undefined : repeat(only.of, least, most)
}
