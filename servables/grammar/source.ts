import type { StructuralTagFormat } from '@mlc-ai/web-xgrammar'
import { EngineError } from '../../engine/index.ts'
import { choice, Rules, text } from './ebnf.ts'
import { regexExpression } from './regex.ts'
import { schemaGrammar } from './schema.ts'
import { isRecord, unsupported } from './schema-parts.ts'
import type { GrammarSpec } from './spec.ts'

/**
 * A grammar in the words of the compiler: EBNF, or a structural tag. JSON Schemas and regular expressions are turned into EBNF
 * here, as the compiler's own ways let through what they should not, and abort on what they do not know.
 *
 * @param at where the grammar stands in the request: what a refusal names
 * @throws EngineError `unsupported_parameter` naming what cannot be enforced, `invalid_value` when there is something wrong with it
 */
export function toSource(spec: GrammarSpec, at: string): string | StructuralTagFormat {
  switch (spec.type) {
    case 'json':
      return schemaGrammar({ type: 'object' }, at)
    case 'json_schema':
      return schemaGrammar(spec.schema, at)
    case 'regex':
      return regexGrammar(spec.pattern, at)
    case 'choice':
      return grammarOf((rules) => rules.add('root', choice(...spec.options.map((option) => text(option)))))
    case 'grammar':
      return spec.text
    case 'structural_tag':
      return toTag(spec.tag, at) as unknown as StructuralTagFormat
  }
}

function regexGrammar(pattern: string, at: string): string {
  try {
    return grammarOf((rules) => rules.add('root', regexExpression(pattern)))
  } catch (cause) {
    const message = `${at} cannot be enforced: ${cause instanceof Error ? cause.message : cause}.`
    throw new EngineError('invalid_value', message, { param: at })
  }
}

function grammarOf(write: (rules: Rules) => void): string {
  const rules = new Rules()
  write(rules)
  return rules.toString()
}

/** A structural tag with EBNF in place of the schemas and regular expressions in it. */
function toTag(tag: Readonly<Record<string, unknown>>, at: string): Record<string, unknown> {
  if (tag.type === 'json_schema') return { type: 'grammar', grammar: schemaGrammar(tag.json_schema, `${at}.json_schema`) }
  if (tag.type === 'regex') return { type: 'grammar', grammar: regexGrammar(String(tag.pattern), `${at}.pattern`) }
  if (tag.type === 'qwen_xml_parameter') throw unsupported(`${at}.type`, 'is qwen_xml_parameter, which cannot be enforced')
  const within = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => within(each, `${place}[${index}]`))
    return isRecord(value) ? toTag(value, place) : value
  }
  return Object.fromEntries(Object.entries(tag).map(([key, value]) => [key, within(value, `${at}.${key}`)]))
}
