import { complement, type Range } from './characters.ts'
import { characters, choice, type Expression, optional, type Rules, repeat, sequence, text } from './ebnf.ts'
import { plain } from './json-text.ts'
import { allOf, isRecord, type Located, largest, type Part, type Reader, unsupported } from './schema-parts.ts'
import { readPattern } from './schema-scalars.ts'

/** Characters of all names, where others may stand beside them. */
const maxNames = 8192

/** Objects: declared properties in their order, those that are not required or not; behind them others, where they are allowed. */
export function objectExpression(
  parts: readonly Part[],
  reader: Reader,
  rules: Rules,
  frame = jsonFrame(reader),
): Expression | undefined {
  const declared: { readonly member: Expression; readonly isRequired: boolean }[] = []
  const names = namesOf(parts)
  const required = new Set(allOf(parts, 'required').flatMap(({ value }) => (Array.isArray(value) ? value.map(String) : [])))
  for (const name of names) {
    const member = frame.member(
      name,
      parts.flatMap((part) => propertyOf(part, name) ?? []),
    )
    const isRequired = required.has(name)
    if (member !== undefined) declared.push({ member, isRequired })
    else if (isRequired) return undefined
  }
  const others = frame.others(() => otherMember(parts, names, reader, rules), names.length === 0)
  const count = declared.filter(({ isRequired }) => isRequired).length
  const min = largest(parts, 'minProperties') ?? 0
  const max = largest(parts, 'maxProperties', -1) ?? Number.POSITIVE_INFINITY
  if (count > max || (others === undefined && declared.length < min)) return undefined
  if (min > Math.max(1, count))
    throw unsupported(allOf(parts, 'minProperties')[0]!.at, 'is more than 1 and than what is required, which cannot be enforced')
  const { comma, space } = frame
  if (declared.length === 0) return frame.around(others === undefined ? sequence() : listOf(others, min, max, frame))
  if (max < (others === undefined ? declared.length : Number.POSITIVE_INFINITY))
    throw unsupported(allOf(parts, 'maxProperties')[0]!.at)

  // What may come behind a comma is what may come first, from there on: a comma of each member's own would take long to compile.
  let begun: Expression | undefined = others && sequence(others, repeat(sequence(comma, others)), space)
  let mayEnd = true
  for (const { member, isRequired } of declared.toReversed()) {
    if (begun && !isRequired) begun = rules.add('members', begun)
    const more: Expression | undefined = begun && sequence(comma, begun)
    const rest = rules.add('members', more === undefined ? space : mayEnd ? choice(more, space) : more)
    const members = sequence(member, rest)
    begun = isRequired || begun === undefined ? members : choice(members, begun)
    mayEnd &&= !isRequired
  }
  return frame.around(mayEnd && min === 0 ? optional(begun!) : begun!)
}

/** How an object is written: as JSON, or as the arguments of a call. */
export interface Frame {
  around(members: Expression): Expression
  readonly comma: Expression
  /** Behind the last member. */
  readonly space: Expression
  /** @returns undefined when no value is valid by the schemas */
  member(name: string, schemas: readonly Located[]): Expression | undefined
  /**
   * Members with other names than are declared.
   *
   * @param asJson undefined when there are none
   * @param isBare whether none are declared
   */
  others(asJson: () => Expression | undefined, isBare: boolean): Expression | undefined
}

function jsonFrame(reader: Reader): Frame {
  const { json } = reader
  return {
    around: (members) => json.braces(members),
    comma: json.comma,
    space: json.space,
    member(name, schemas) {
      const value = reader.value(schemas)
      return value && json.member(json.name(name), value)
    },
    others: (asJson) => asJson(),
  }
}

function listOf(item: Expression, min: number, max: number, { comma, space }: Frame): Expression {
  if (max === 0) return sequence()
  const some = sequence(item, ...(max === 1 ? [] : [repeat(sequence(comma, item), Math.max(0, min - 1), max - 1)]), space)
  return min === 0 ? optional(some) : some
}

/** Names that are declared or required, in order. */
function namesOf(parts: readonly Part[]): readonly string[] {
  const declared = parts.flatMap(({ schema }) => (isRecord(schema.properties) ? Object.keys(schema.properties) : []))
  const required = allOf(parts, 'required').flatMap(({ value }) => (Array.isArray(value) ? value.map(String) : []))
  return [...new Set([...declared, ...required])]
}

/** What a part says of a property: by its name, or as of any that it does not name. Undefined: nothing. */
function propertyOf({ schema, at }: Part, name: string): Located | undefined {
  const { properties } = schema
  if (isRecord(properties) && Object.hasOwn(properties, name)) return { schema: properties[name], at: `${at}.properties.${name}` }
  return 'additionalProperties' in schema ? { schema: schema.additionalProperties, at: `${at}.additionalProperties` } : undefined
}

/** A member with a name that is not declared. Undefined: there is none. */
function otherMember(parts: readonly Part[], names: readonly string[], reader: Reader, rules: Rules): Expression | undefined {
  const patterns = parts.filter(
    ({ schema }) => isRecord(schema.patternProperties) && Object.keys(schema.patternProperties).length > 0,
  )
  if (patterns.length > 0) return patternMember(parts, patterns, names, reader)
  const isClosed = ({ schema }: Part) => isRecord(schema.properties) && !('additionalProperties' in schema)
  const namesAsked = allOf(parts, 'propertyNames').filter(({ value }) => !isAnyName(value))
  if (names.length > 0 && namesAsked[0] !== undefined) {
    throw unsupported(namesAsked[0].at, 'stands beside properties or required, and cannot be enforced there; leave it out')
  }
  if (parts.some(isClosed)) return undefined
  const value = reader.value(
    parts.flatMap((part) => {
      const { schema, at } = part
      return 'additionalProperties' in schema ? { schema: schema.additionalProperties, at: `${at}.additionalProperties` } : []
    }),
  )
  if (value === undefined) return undefined
  const schemas = namesAsked.map(({ value: schema, at }) => ({ schema, at }))
  const { length } = names.join('')
  if (length > maxNames)
    throw unsupported(
      parts[0]!.at,
      `has names of ${length} characters, too many for others beside them; set additionalProperties to false`,
    )
  const name =
    names.length > 0
      ? rules.add('name', nameOtherThan(names))
      : schemas.length > 0
        ? reader.value([{ schema: { type: 'string' }, at: '' }, ...schemas])
        : reader.json.anyName
  return name && reader.json.member(name, value)
}

/** Names that one pattern describes; the rest of what `patternProperties` can say would take comparisons of patterns. */
function patternMember(
  parts: readonly Part[],
  [part, second]: readonly Part[],
  names: readonly string[],
  reader: Reader,
): Expression | undefined {
  const { schema, at } = second ?? part!
  const [pattern, other] = Object.entries(isRecord(schema.patternProperties) ? schema.patternProperties : {})
  const isAlone = parts.every(({ schema }) => [true, false, undefined].some((each) => each === schema.additionalProperties))
  const isSimple =
    other === undefined && second === undefined && names.length === 0 && isAlone && allOf(parts, 'propertyNames').length === 0
  if (pattern === undefined || !isSimple) {
    throw unsupported(`${at}.patternProperties`, 'can be enforced as a single pattern only, beside no other names')
  }
  const place = `${at}.patternProperties.${pattern[0]}`
  const value = reader.value([{ schema: pattern[1], at: place }])
  return value && reader.json.member(reader.json.quoted(readPattern(pattern[0], place)), value)
}

/** Whether a schema for names says no more than that they are names. */
const isAnyName = (schema: unknown): boolean =>
  schema === true || (isRecord(schema) && Object.keys(schema).every((keyword) => keyword === 'type') && schema.type !== 'object')

/** Names in quotation marks, of characters that need no escape, but for some. */
function nameOtherThan(names: readonly string[]): Expression {
  const tails = (left: readonly string[]): Expression => {
    const heads = new Map<string, string[]>()
    for (const name of left) {
      const [head] = name
      if (head !== undefined) heads.set(head, [...(heads.get(head) ?? []), name.slice(head.length)])
    }
    const taken = [...heads.keys()].map((head): Range => [head.codePointAt(0)!, head.codePointAt(0)!])
    const others = sequence(characters(...complement([...complement(plain), ...taken])), repeat(characters(...plain)), text('"'))
    const end = left.includes('') ? [] : [text('"')]
    return choice(...end, others, ...Array.from(heads, ([head, rest]) => sequence(text(head), tails(rest))))
  }
  return sequence(text('"'), tails(names.filter((name) => JSON.stringify(name) === `"${name}"`)))
}
