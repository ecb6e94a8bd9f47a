import type { StructuralTagFormat } from '@mlc-ai/web-xgrammar'
import { EngineError } from '../../engine/index.ts'
import { choice, type Expression, Rules, text } from './ebnf.ts'
import type { JsonText } from './json-text.ts'
import { regexExpression } from './regex.ts'
import { schemaExpression, schemaGrammar } from './schema.ts'
import { isRecord, unsupported } from './schema-parts.ts'
import { type GrammarSpec, type PartSpec, refused } from './spec.ts'

/** What is to be done with each schema, or each EBNF that a client has written, before it is used. */
type Checking<T = unknown> = (value: T, at: string) => void

/**
 * A grammar in the words of the compiler: EBNF, or a structural tag. JSON Schemas and regular expressions are turned into EBNF
 * here, as the compiler's own ways let through what they should not, and abort on what they do not know.
 *
 * @param at where the grammar stands in the request: what a refusal names
 * @throws EngineError `unsupported_parameter` naming what cannot be enforced, `invalid_value` when there is something wrong with it
 */
export function toSource(
  spec: GrammarSpec,
  at: string,
  onSchema: Checking = () => {},
  onText: Checking<string> = () => {},
): string | StructuralTagFormat {
  const schemaOf = (schema: unknown, place: string): string => {
    onSchema(schema, place)
    return schemaGrammar(schema, place)
  }
  const textOf = (ebnf: string, place: string): string => {
    onText(ebnf, place)
    return ebnf
  }
  switch (spec.type) {
    case 'json':
      return schemaGrammar({ type: 'object' }, at)
    case 'json_schema':
      return schemaOf(spec.schema, at)
    case 'regex':
      return regexGrammar(spec.pattern, at)
    case 'choice':
      return choiceGrammar(spec.options)
    case 'ebnf':
      return spec.text
    case 'grammar':
      return textOf(spec.text, at)
    case 'structural_tag':
      return toTag(spec.tag, at, schemaOf, textOf) as unknown as StructuralTagFormat
    case 'sequence':
    case 'alternatives': {
      const sources = spec.of.map((each) => toSource(each, at, onSchema, onText))
      const elements = sources.map(
        (each): StructuralTagFormat => (typeof each === 'string' ? { type: 'grammar', grammar: each } : each),
      )
      return { type: spec.type === 'sequence' ? 'sequence' : 'or', elements }
    }
  }
}

/** What a specification allows, as a part of another grammar. */
export function specExpression(spec: PartSpec, at: string, rules: Rules, json: JsonText): Expression {
  switch (spec.type) {
    case 'json':
      return json.object
    case 'json_schema':
      return schemaExpression(spec.schema, at, rules, json)
    case 'regex':
      return regexExpression(spec.pattern)
    case 'choice':
      return choice(...spec.options.map((option) => text(option)))
  }
}

function regexGrammar(pattern: string, at: string): string {
  const rules = new Rules()
  try {
    rules.add('root', regexExpression(pattern))
  } catch (cause) {
    const message = `${at} cannot be enforced: ${cause instanceof Error ? cause.message : cause}.`
    throw new EngineError('invalid_value', message, { param: at })
  }
  if (rules.excess !== undefined) throw refused(rules.excess, at)
  return rules.toString()
}

function choiceGrammar(options: readonly string[]): string {
  const rules = new Rules()
  rules.add('root', choice(...options.map((option) => text(option))))
  return rules.toString()
}

type Writing<T = unknown> = (value: T, at: string) => string

/** A structural tag with EBNF in place of the schemas and regular expressions in it. */
function toTag(
  tag: Readonly<Record<string, unknown>>,
  at: string,
  schemaOf: Writing,
  textOf: Writing<string>,
): Record<string, unknown> {
  if (tag.type === 'json_schema') return { type: 'grammar', grammar: schemaOf(tag.json_schema, `${at}.json_schema`) }
  if (tag.type === 'regex') return { type: 'grammar', grammar: regexGrammar(textIn(tag, 'pattern', at), `${at}.pattern`) }
  if (tag.type === 'grammar') return { type: 'grammar', grammar: textOf(textIn(tag, 'grammar', at), `${at}.grammar`) }
  if (tag.type === 'qwen_xml_parameter') throw unsupported(`${at}.type`, 'is qwen_xml_parameter, which cannot be enforced')
  const within = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => within(each, `${place}[${index}]`))
    return isRecord(value) ? toTag(value, place, schemaOf, textOf) : value
  }
  return Object.fromEntries(Object.entries(tag).map(([key, value]) => [key, within(value, `${at}.${key}`)]))
}

function textIn(tag: Readonly<Record<string, unknown>>, field: string, at: string): string {
  const text = tag[field]
  if (typeof text === 'string') return text
  const code = text === undefined ? 'missing_required_parameter' : 'invalid_type'
  throw new EngineError(code, `${at}.${field} must be a string.`, { param: `${at}.${field}` })
}
