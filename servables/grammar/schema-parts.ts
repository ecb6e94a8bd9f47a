import { EngineError } from '../../engine/index.ts'
import type { Expression } from './ebnf.ts'
import type { JsonText } from './json-text.ts'
import { typed } from './keywords.ts'

export type Schema = Readonly<Record<string, unknown>>

/** A schema, and where it stands in a request: `response_format.json_schema.schema.properties.city`. */
export interface Located {
  readonly schema: unknown
  readonly at: string
}

/** One schema of several that a value has to be valid by, without references and combinations. */
export interface Part extends Located {
  readonly schema: Schema
}

/** What reads the schemas within schemas. */
export interface Reader {
  readonly json: JsonText
  /** Texts of the values that are valid by all of the schemas; undefined: there are none. */
  value(schemas: readonly Located[]): Expression | undefined
  /** Without references. No parts: nothing is valid. */
  flatten(schemas: readonly Located[]): {
    readonly parts: readonly Part[] | undefined
    readonly unions: readonly { readonly branches: readonly Located[] }[]
  }
}

/** All values of a keyword, and where they stand. */
export const allOf = (parts: readonly Part[], keyword: string): readonly { readonly value: unknown; readonly at: string }[] =>
  parts.flatMap(({ schema, at }) => (keyword in schema ? [{ value: schema[keyword], at: `${at}.${keyword}` }] : []))

/** The largest of a keyword's numbers, or the smallest by its negative. */
export const largest = (parts: readonly Part[], keyword: string, sign: 1 | -1 = 1): number | undefined =>
  allOf(parts, keyword)
    .flatMap(({ value }) => (typeof value === 'number' ? [value] : []))
    .reduce<number | undefined>((most, value) => (most === undefined || sign * value > sign * most ? value : most), undefined)

const everyType = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** Types that are valid by all parts; an integer is a number, too. */
export function validTypes(parts: readonly Part[]): readonly string[] {
  const lists = parts.flatMap(({ schema: { type, nullable } }) => {
    if (type === undefined) return []
    const types = [type].flat().map(String)
    return [[...types, ...(types.includes('number') ? ['integer'] : []), ...(nullable === true ? ['null'] : [])]]
  })
  return everyType.filter((type) => lists.every((list) => list.includes(type)))
}

/** Types of the values that are made: of those that are valid, the ones that the parts speak of, if none says `type`. */
export function typesOf(parts: readonly Part[]): readonly string[] {
  const valid = validTypes(parts).filter((type, _, all) => type !== 'integer' || !all.includes('number'))
  if (parts.some(({ schema }) => 'type' in schema)) return valid
  const meant = Object.entries(typed).filter(([, keywords]) =>
    keywords.some((keyword) => parts.some(({ schema }) => keyword in schema)),
  )
  const named = parts.some(({ schema }) => 'format' in schema)
    ? [...meant.map(([type]) => type), 'string']
    : meant.map(([type]) => type)
  return named.length === 0 ? valid : valid.filter((type) => named.includes(type))
}

/** The values of which one is valid by all parts, where `enum` or `const` name them. */
export function valuesOf(parts: readonly Part[]): readonly unknown[] | undefined {
  const lists = parts.flatMap(({ schema }) => [
    ...('const' in schema ? [[schema.const]] : []),
    ...(Array.isArray(schema.enum) ? [schema.enum] : []),
  ])
  const [first, ...others] = lists
  if (first === undefined) return undefined
  const types = validTypes(parts)
  for (const { schema, at } of parts) {
    const beside = Object.values(typed)
      .flat()
      .find((keyword) => keyword in schema)
    if (beside !== undefined)
      throw unsupported(`${at}.${beside}`, 'stands beside enum or const; leave out the values that it excludes, and it')
  }
  const known = others.map((list) => new Set(list.map((each) => JSON.stringify(each))))
  const fits = (value: unknown) => types.includes(typeOf(value)) && known.every((each) => each.has(JSON.stringify(value)))
  return first.filter(fits)
}

export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'number') : typeof value
}

export const isRecord = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A keyword that answers cannot be held to, alone or as it is. */
export function unsupported(at: string, why = 'cannot be enforced; leave it out'): EngineError {
  return new EngineError('unsupported_parameter', `${at} ${why}.`, { param: at })
}
