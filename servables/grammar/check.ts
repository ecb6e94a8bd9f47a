import { createHash } from 'node:crypto'
import { EngineError } from '../../engine/index.ts'
import { unsupported } from './schema-parts.ts'
import { toSource } from './source.ts'
import { checkSize, type GrammarSpec, refused } from './spec.ts'
import { checkIsSchema, faultOf } from './valid.ts'

/**
 * Finds out, before anything is computed, what can be known of a grammar without compiling it: whether its schemas are such, and
 * whether answers can be held to all that they say.
 *
 * @param at where the grammar stands in the request: `response_format.json_schema.schema`
 * @throws EngineError `invalid_value` or `unsupported_parameter`; its `param` begins with `at`
 */
export function checkGrammar(spec: GrammarSpec, at: string): void {
  checkSize(spec, at)
  checkValues(spec, at)
  toSource(spec, at, checkIsSchema, checkClasses)
}

/**
 * Finds out whether a finished text is what its grammar asks for. Of JSON alone, which the grammar knows only as text; other
 * grammars are held to letter by letter.
 *
 * @throws EngineError `invalid_output`
 */
export function checkText(spec: GrammarSpec, text: string): void {
  if (spec.type !== 'json' && spec.type !== 'json_schema') return
  const schema = spec.type === 'json' ? { type: 'object' } : spec.schema
  const fault = faultOf(text, schema, createHash('sha256').update(JSON.stringify(schema)).digest('base64'))
  if (fault === undefined) return
  const message = `The answer is not what its schema says: ${fault}. That is a fault of this server; please report it with the schema.`
  throw new EngineError('invalid_output', message)
}

/** JSON can name what no answer can hold: `1e999`, and `"\ud800"`. */
function checkValues(spec: GrammarSpec, at: string): void {
  const check = (value: unknown): void => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw refused('it has a number that is beyond all of ours', at)
    if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw refused('it has half of a surrogate pair', at)
  }
  JSON.stringify(spec, (key, value: unknown) => {
    check(key)
    check(value)
    return value
  })
}

/** The compiler reads what is not ASCII in a class as other characters. */
function checkClasses(ebnf: string, at: string): void {
  const bare = ebnf.replace(/"(?:\\.|[^"\\\n])*"/g, '""').replace(/#.*/g, '')
  const odd = bare
    .match(/\[(?:\\.|[^\]\\])*\]/g)
    ?.find((each) => /[^\0-\x7f]|\\(?:x[89a-fA-F]|u(?!00[0-7])|U(?!0000000[0-7]|000000[0-7]))/.test(each))
  if (odd === undefined) return
  throw unsupported(
    at,
    `has the class ${odd.slice(0, 40)}, and those with characters beyond ASCII cannot be enforced; write them as "a" | "b"`,
  )
}
