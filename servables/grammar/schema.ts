import { EngineError } from '../../engine/index.ts'
import { choice, type Expression, Rules, sequence, text } from './ebnf.ts'
import { JsonText } from './json-text.ts'
import { isAnnotation, isEnforced } from './keywords.ts'
import { checkApart } from './one-of.ts'
import { arrayExpression } from './schema-arrays.ts'
import { type Frame, objectExpression } from './schema-objects.ts'
import { isRecord, type Located, type Part, type Reader, typesOf, unsupported, valuesOf } from './schema-parts.ts'
import { numberExpression, stringExpression } from './schema-scalars.ts'
import { refused } from './spec.ts'

/** Schemas that are read for one grammar, at most: a schema within several others is read once for each. */
const maxSchemas = 4000
/** Values within each other that a grammar is written for, before they recur. */
const maxDepth = 128

/**
 * The JSON texts that a schema describes, as a grammar. Properties come in the schema's order; others than it names come only
 * where `additionalProperties` is there, or no properties are. Whatever the grammar allows is valid; what it cannot hold
 * answers to is refused, and nothing is left aside.
 *
 * @param at where the schema stands in the request: what a refusal names
 * @throws EngineError `unsupported_parameter` naming a keyword that cannot be enforced, `invalid_value` when no answer would be
 *   valid, or none would have an end, or it is too much to compile
 */
export function schemaGrammar(schema: unknown, at: string): string {
  const rules = new Rules()
  const root = rules.newName('root')
  rules.define(root, schemaExpression(schema, at, rules, new JsonText(rules)))
  if (rules.excess !== undefined) throw refused(rules.excess, at)
  if (!rules.isEndless) return rules.toString()
  throw new EngineError('invalid_value', `${at} refers to itself so that no value has an end. Correct it.`, { param: at })
}

/**
 * The same, as a part of another grammar.
 *
 * @throws EngineError as above, but for values without an end
 */
export function schemaExpression(schema: unknown, at: string, rules: Rules, json: JsonText): Expression {
  const expression = new SchemaReader(schema, rules, json).value([{ schema, at }])
  if (expression !== undefined) return expression
  throw new EngineError('invalid_value', `${at} allows no value at all. Correct it.`, { param: at })
}

/** How a call writes arguments, if not as JSON. */
export interface ArgumentStyle {
  readonly separator: string
  /** Behind an argument's value, and before it, after its name. */
  readonly end: string
  /** What stands before an argument's name, and between name and value: of values that are text, and of others. */
  begin(name: string, isText: boolean): string
  /** Whether an argument's value is text as it is. */
  isText(name: string): boolean
  /** The same of values that are not text; and text, if it ends otherwise than others do. */
  readonly values: JsonText
  readonly texts: JsonText
}

/**
 * The arguments that a schema describes, as a model writes them that does not write JSON. Those that are not declared are left out.
 *
 * @throws EngineError as above
 */
export function argumentsExpression(schema: unknown, at: string, rules: Rules, style: ArgumentStyle): Expression {
  const values = new SchemaReader(schema, rules, style.values)
  const texts = new SchemaReader(schema, rules, style.texts)
  const frame: Frame = {
    around: (members) => members,
    comma: text(style.separator),
    space: text(''),
    member(name, schemas) {
      const isText = style.isText(name)
      const value = (isText ? texts : values).value(schemas)
      return value && sequence(text(style.begin(name, isText)), value, text(style.end))
    },
    others: () => undefined,
  }
  const expression = values.value([{ schema, at }], frame)
  if (expression !== undefined) return expression
  throw new EngineError('invalid_value', `${at} allows no value at all. Correct it.`, { param: at })
}

/** Reads lists of schemas, of which a value has to be valid by all: so `allOf` and what stands beside a `$ref` come to nothing. */
class SchemaReader implements Reader {
  readonly json: JsonText
  readonly #root: unknown
  readonly #rules: Rules
  readonly #ids = new Map<unknown, number>()
  /** What is referred to, by what it consists of. */
  readonly #known = new Map<string, Expression>()
  #read = 0
  #depth = 0

  constructor(root: unknown, rules: Rules, json: JsonText) {
    this.#root = root
    this.#rules = rules
    this.json = json
  }

  /** @param frame how an object is written, if not as JSON */
  value(schemas: readonly Located[], frame?: Frame): Expression | undefined {
    const { parts, unions, key, isReferred } = this.flatten(schemas)
    if (parts === undefined) return undefined
    if (!isReferred || frame) return this.#within(schemas, () => this.#alternatives(parts, unions, frame))
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const name = this.#rules.newName('schema')
    this.#known.set(key, { type: 'rule', name })
    const expression = this.#within(schemas, () => this.#alternatives(parts, unions))
    const rule = this.#rules.define(name, expression ?? choice())
    return expression && rule
  }

  flatten(schemas: readonly Located[]): Flat {
    const parts: Part[] = []
    const unions: Union[] = []
    const ids = new Set<number>()
    let isReferred = false
    const visit = ({ schema, at }: Located, within: readonly unknown[]): boolean => {
      if (schema === true) return true
      if (!isRecord(schema)) return false
      if (++this.#read > maxSchemas) throw tooLarge(at)
      if (within.includes(schema))
        throw new EngineError('invalid_value', `${at} refers to nothing but itself. Correct it.`, { param: at })
      ids.add(this.#id(schema))
      checkKeywords(schema, at)
      const { $ref, allOf, anyOf, oneOf, ...rest } = schema
      if (Object.keys(rest).some((keyword) => !isAnnotation(keyword))) parts.push({ schema: rest, at })
      if (Array.isArray(anyOf)) unions.push({ branches: located(anyOf, `${at}.anyOf`), at: `${at}.anyOf` })
      if (Array.isArray(oneOf)) {
        const branches = located(oneOf, `${at}.oneOf`)
        checkApart(this, branches, [{ schema: rest, at }])
        unions.push({ branches, at: `${at}.oneOf` })
      }
      const inner = [...within, schema]
      if (Array.isArray(allOf) && !located(allOf, `${at}.allOf`).every((each) => visit(each, inner))) return false
      if (typeof $ref !== 'string') return true
      isReferred = true
      return visit({ schema: this.#resolve($ref, `${at}.$ref`), at }, inner)
    }
    const isPossible = schemas.every((each) => visit(each, []))
    const key = [...ids].sort((a, b) => a - b).join(' ')
    return { parts: isPossible ? parts : undefined, unions, key, isReferred }
  }

  /** So deep and no deeper, lest the stack be spent. */
  #within<T>([first]: readonly Located[], read: () => T): T {
    if (this.#depth >= maxDepth) throw tooLarge(first?.at ?? 'schema')
    this.#depth++
    try {
      return read()
    } finally {
      this.#depth--
    }
  }

  /** Values of one branch of every union, that are valid by all parts as well. */
  #alternatives(parts: readonly Part[], [union, ...others]: readonly Union[], frame?: Frame): Expression | undefined {
    if (union === undefined) return this.#plain(parts, frame)
    const beside = [
      ...parts,
      ...others.map(({ branches, at }) => ({ schema: { anyOf: branches.map(({ schema }) => schema) }, at })),
    ]
    return anyOfThem(union.branches.map((branch) => this.value([branch, ...beside], frame)))
  }

  #plain(parts: readonly Part[], frame?: Frame): Expression | undefined {
    if (parts.length === 0) return this.json.value
    const values = valuesOf(parts)
    if (values !== undefined) return anyOfThem(values.map((value) => this.json.literal(value)))
    return anyOfThem(typesOf(parts).map((type) => this.#ofType(type, parts, frame)))
  }

  #ofType(type: string, parts: readonly Part[], frame?: Frame): Expression | undefined {
    switch (type) {
      case 'object':
        return objectExpression(parts, this, this.#rules, frame)
      case 'array':
        return arrayExpression(parts, this)
      case 'string':
        return stringExpression(parts, this.json)
      case 'boolean':
        return this.json.boolean
      case 'null':
        return this.json.null
      default:
        return numberExpression(type, parts, this.json)
    }
  }

  /** What a reference within the schema refers to. */
  #resolve(reference: string, at: string): unknown {
    if (!/^#(?:\/|$)/.test(reference)) {
      throw unsupported(
        at,
        `is ${JSON.stringify(reference.slice(0, 60))}; only references within the schema are, as #/$defs/name`,
      )
    }
    let found = this.#root
    for (const step of reference.split('/').slice(1)) {
      const key = decodeStep(step)
      found = (isRecord(found) || Array.isArray(found)) && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined
    }
    if (found !== undefined) return found
    throw new EngineError('invalid_value', `${at} refers to ${reference.slice(0, 60)}, which is not in the schema. Correct it.`, {
      param: at,
    })
  }

  #id(schema: unknown): number {
    const id = this.#ids.get(schema) ?? this.#ids.size
    this.#ids.set(schema, id)
    return id
  }
}

interface Union {
  readonly branches: readonly Located[]
  readonly at: string
}

/** A list of schemas without references: what has to hold, and alternatives. No parts: nothing is valid. */
export interface Flat {
  readonly parts: readonly Part[] | undefined
  readonly unions: readonly Union[]
  readonly key: string
  readonly isReferred: boolean
}

function checkKeywords(schema: Readonly<Record<string, unknown>>, at: string): void {
  for (const [keyword, value] of Object.entries(schema)) {
    if (isAnnotation(keyword) || isEnforced(keyword)) continue
    const isIdle = value === false && keyword === 'unevaluatedProperties'
    if (!isIdle || 'anyOf' in schema || 'allOf' in schema || 'oneOf' in schema || '$ref' in schema)
      throw unsupported(`${at}.${keyword}`)
  }
}

function anyOfThem(expressions: readonly (Expression | undefined)[]): Expression | undefined {
  const possible = expressions.filter((each) => each !== undefined)
  return possible.length === 0 ? undefined : choice(...possible)
}

const located = (schemas: readonly unknown[], at: string): readonly Located[] =>
  schemas.map((schema, index) => ({ schema, at: `${at}[${index}]` }))

function decodeStep(step: string): string {
  const unescaped = step.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(unescaped)
  } catch {
    return unescaped
  }
}

function tooLarge(at: string): EngineError {
  const message = `${at} is beyond what a grammar can hold: it has more than ${maxSchemas} parts, or ${maxDepth} within each other, as they are combined. Simplify it.`
  return new EngineError('invalid_value', message, { param: at })
}
