import type { FunctionTool } from './answer-format.ts'
import { python, readLiterals, wordAsJson } from './literal-arguments.ts'
import { TextReader } from './text-reader.ts'

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null'

const kindOfType: Readonly<Record<string, Kind>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  object: 'object',
  array: 'array',
  null: 'null',
}

/** What the request says of a function's arguments. */
export class ArgumentSchema {
  readonly #parameters: Readonly<Record<string, unknown>>

  constructor(tool: FunctionTool | undefined) {
    this.#parameters = tool?.parameters ?? {}
  }

  /** The name of the argument at a place. */
  nameAt(index: number): string | undefined {
    return Object.keys(recordOf(this.#parameters.properties))[index]
  }

  /** Whether an argument's value is text. So is that of one that nobody has described. */
  isText(name: string): boolean {
    const kinds = this.#kindsOf(name)
    return kinds === undefined || (kinds.size === 1 && kinds.has('string'))
  }

  /** A value that the model wrote without quotation marks, as JSON of a kind that the schema has; else as a string. */
  asJson(name: string, text: string): string {
    const kinds = this.#kindsOf(name) ?? new Set<Kind>()
    const trimmed = text.trim()
    const json = isJson(trimmed) ? trimmed : (literalAsJson(trimmed) ?? wordAsJson(trimmed))
    return kinds.size === 0 || kinds.has(kindOfJson(json)) ? json : JSON.stringify(text)
  }

  /** Undefined: nothing is known; none: anything. */
  #kindsOf(name: string): ReadonlySet<Kind> | undefined {
    const properties = recordOf(this.#parameters.properties)
    const { additionalProperties } = this.#parameters
    const schema = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    if (typeof schema !== 'object' || schema === null) return undefined
    const kinds = new Set<Kind>()
    this.#collect(schema, kinds, 8)
    return kinds
  }

  /** @param depth of references and alternatives within each other that are followed */
  #collect(schema: unknown, kinds: Set<Kind>, depth: number): void {
    const { type, enum: values, const: value, anyOf, oneOf, allOf, $ref } = recordOf(schema)
    for (const each of [type].flat()) {
      const kind = typeof each === 'string' && Object.hasOwn(kindOfType, each) ? kindOfType[each] : undefined
      if (kind) kinds.add(kind)
    }
    if (type !== undefined || depth === 0) return
    for (const each of Array.isArray(values) ? values : value === undefined ? [] : [value])
      kinds.add(kindOfJson(JSON.stringify(each)))
    for (const each of [anyOf, oneOf, allOf].flatMap((list) => (Array.isArray(list) ? list : [])))
      this.#collect(each, kinds, depth - 1)
    if (typeof $ref === 'string') this.#collect(this.#resolve($ref), kinds, depth - 1)
  }

  /** What a reference within the schema, `#/$defs/City`, refers to. */
  #resolve(reference: string): unknown {
    if (!reference.startsWith('#/')) return undefined
    const keys = reference.slice(2).split('/')
    return keys.reduce<unknown>(
      (value, key) => (Object.hasOwn(recordOf(value), key) ? recordOf(value)[key] : undefined),
      this.#parameters,
    )
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {})

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** A list or dictionary in Python's spelling. */
function literalAsJson(text: string): string | undefined {
  if (!/^[{[(]/.test(text)) return undefined
  const reader = new TextReader()
  reader.push(`value=${text})`)
  reader.end()
  let json = ''
  const { value: isWhole } = readLiterals(
    reader,
    python,
    () => undefined,
    (more) => {
      json += more
    },
  ).next()
  return isWhole && reader.unread === '' ? json.slice('{"value": '.length, -1) : undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function kindOfJson(json: string): Kind {
  switch (json.charAt(0)) {
    case '"':
      return 'string'
    case '{':
      return 'object'
    case '[':
      return 'array'
    case 'n':
      return 'null'
    case 't':
    case 'f':
      return 'boolean'
  }
  return 'number'
}
