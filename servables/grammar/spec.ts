import { createHash } from 'node:crypto'
import { EngineError } from '../../engine/index.ts'

/** What an answer has to look like. */
export type GrammarSpec =
  /** A JSON object, whatever is in it. */
  | { readonly type: 'json' }
  /** A JSON text that a JSON Schema describes. Properties come in the schema's order, and no others than it names. */
  | { readonly type: 'json_schema'; readonly schema: unknown }
  /** A text that the whole pattern matches; no look-around, back-references or `\p{…}`. */
  | { readonly type: 'regex'; readonly pattern: string }
  /** EBNF that is written here, of what can be relied upon. */
  | { readonly type: 'ebnf'; readonly text: string }
  /** xgrammar's EBNF, https://xgrammar.mlc.ai/docs/xgrammar_features/ebnf_grammar.html; it begins at the rule `root`. */
  | { readonly type: 'grammar'; readonly text: string }
  /** One of some texts. */
  | { readonly type: 'choice'; readonly options: readonly string[] }
  /** One behind the other. */
  | { readonly type: 'sequence'; readonly of: readonly GrammarSpec[] }
  /** One of several. */
  | { readonly type: 'alternatives'; readonly of: readonly GrammarSpec[] }
  /** xgrammar's structural tags: texts of several forms, as tool calls within prose are. */
  | { readonly type: 'structural_tag'; readonly tag: Readonly<Record<string, unknown>> }

/** A form of text that can stand within the rules of another grammar. */
export type PartSpec = Extract<GrammarSpec, { readonly type: 'json' | 'json_schema' | 'regex' | 'choice' }>

export const isPart = (spec: GrammarSpec): spec is PartSpec => ['json', 'json_schema', 'regex', 'choice'].includes(spec.type)

/** Characters of a specification, written as JSON, at most. */
const maxLength = 256 * 1024
/** Arrays and objects within each other, at most; beyond some hundreds the compiler's stack is spent. */
const maxDepth = 64

/**
 * @param at where it stands in the request, if that is known
 * @throws EngineError `invalid_value` when it is too large or too deep to be compiled
 */
export function checkSize(spec: GrammarSpec, at?: string): string {
  if (isDeeper(spec, maxDepth)) throw refused(`it is nested deeper than ${maxDepth} levels`, at)
  if (spec.type === 'choice' && spec.options.length === 0) throw refused('it has no options', at)
  const text = JSON.stringify(spec)
  if (text.length > maxLength) throw refused(`it has ${text.length} characters, and ${maxLength} are allowed`, at)
  return text
}

/**
 * A key for a specification: equal specifications have equal keys, also in another process.
 *
 * @throws EngineError `invalid_value` when it is too large or too deep to be compiled
 */
export const grammarKey = (spec: GrammarSpec): string => createHash('sha256').update(checkSize(spec)).digest('base64')

/** A grammar that is not to be had, for a reason that its author can do something about. */
export function refused(reason: string, param?: string): EngineError {
  const message = `${param ?? 'The grammar'} cannot be used: ${reason}. Correct or simplify it.`
  return new EngineError('invalid_value', message, param === undefined ? {} : { param })
}

/** What cannot be had now, through nobody's mistake. */
export function unavailable(reason: string): EngineError {
  return new EngineError('internal', `Grammars cannot be compiled: ${reason}.`)
}

/** Level by level, so that no depth can spend the stack. */
function isDeeper(value: unknown, depth: number): boolean {
  let level: readonly unknown[] = [value]
  for (let left = depth; left >= 0; left--) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
    if (level.length === 0) return false
  }
  return true
}
