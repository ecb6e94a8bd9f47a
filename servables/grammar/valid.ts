import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { EngineError } from '../../engine/index.ts'
import { isRecord } from './schema-parts.ts'

/** Patterns are the grammar's business. As JavaScript's they could be made to take for ever, on the thread of all requests. */
const anyText = Object.assign(() => ({ test: () => true }), { code: 'anyText' })

const options: Options = { strict: false, logger: false, validateSchema: false, inlineRefs: false, code: { regExp: anyText } }

/** JSON Schema's drafts, the newest first. */
const drafts = {
  'draft/2020-12': formats.default(new Ajv2020(options)),
  'draft-07': formats.default(new Ajv(options)),
} as const

type Draft = keyof typeof drafts

/** Schemas whose validators are kept. */
const maxValidators = 64
const validators = new Map<string, ValidateFunction>()

/**
 * Finds out whether something is a JSON Schema: of the draft that it names, or of either.
 *
 * @param at where it stands in the request
 * @throws EngineError `invalid_value` naming the place within it that is wrong
 */
export function checkIsSchema(schema: unknown, at: string): void {
  draftOf(schema, at)
}

/**
 * Finds out whether a text is JSON that a schema describes.
 *
 * @param key the schema's own: what is known of it is kept
 * @returns why it is not; undefined: it is
 */
export function faultOf(text: string, schema: unknown, key: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'it is not JSON'
  }
  const validate = validators.get(key) ?? compile(schema)
  validators.delete(key)
  validators.set(key, validate)
  for (const [oldest] of validators) {
    if (validators.size <= maxValidators) break
    validators.delete(oldest)
  }
  if (validate(value)) return undefined
  const [error] = validate.errors ?? []
  return `${error?.instancePath || 'it'} ${error?.message}`
}

function compile(schema: unknown): ValidateFunction {
  const bare = withoutName(schema)
  const draft = drafts[draftOf(schema, 'schema')]
  const validate = draft.compile(typeof bare === 'boolean' || isRecord(bare) ? bare : true)
  // It would keep all schemas that it has ever seen.
  draft.removeSchema(isRecord(bare) ? bare : undefined)
  return validate
}

function draftOf(schema: unknown, at: string): Draft {
  const names = Object.keys(drafts) as Draft[]
  const named = isRecord(schema) && typeof schema.$schema === 'string' ? schema.$schema : undefined
  const possible = named === undefined ? names : names.filter((name) => named.includes(name))
  if (possible.length === 0) {
    const message = `${at}.$schema must be a JSON Schema draft 2020-12 or 07; got ${JSON.stringify(named?.slice(0, 80))}.`
    throw new EngineError('invalid_value', message, { param: `${at}.$schema` })
  }
  const bare = withoutName(schema)
  const draft = possible.find((name) => isRecord(bare) && drafts[name].validateSchema(bare) === true)
  if (draft !== undefined) return draft
  const first = drafts[possible[0]!]
  void (isRecord(bare) && first.validateSchema(bare))
  const [error] = first.errors ?? []
  const place = at + (isRecord(bare) ? dotted(error?.instancePath ?? '') : '')
  throw new EngineError('invalid_value', `${place} is not valid JSON Schema: it ${error?.message ?? 'must be an object'}.`, {
    param: place,
  })
}

/** Names are for other schemas to refer to, and there are none. */
function withoutName(schema: unknown): unknown {
  if (!isRecord(schema)) return schema
  const { $schema: _, $id: __, ...rest } = schema
  return rest
}

const dotted = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('')
