import { isDeepStrictEqual } from 'node:util'
import { type ZodType, z } from 'zod'
import { EngineError, type ErrorCode } from '../../engine/index.ts'

/** Fields that would change the answer and that no node obeys. */
export type Unsupported = Readonly<Record<string, Refusal>>

interface Refusal {
  /** Why, or what serves instead: a sentence. */
  readonly why: string
  /** Values that change nothing. */
  readonly neutral?: readonly unknown[]
}

/**
 * The body as `schema` reads it. A field that is null counts as absent, unknown fields are ignored, and `ignored` is told of them.
 * The first fault is thrown: `missing_required_parameter`, `invalid_type`, `invalid_value`, or `unsupported_parameter` for the
 * fields in `unsupported`; its `param` is the field's path, `messages[2].role`.
 */
export function checkRequest<T>(
  schema: ZodType<T>,
  json: unknown,
  unsupported: Unsupported = {},
  ignored?: (fields: readonly string[]) => void,
): T {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    const what = json === undefined ? 'a form' : show(json)
    throw new EngineError('invalid_type', `The body must be a JSON object; got ${what}.`)
  }
  checkMembers(json)
  const body = Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null))
  const result = schema.safeParse(body, { error: requirement, reportInput: true })
  if (!result.success) throw faultOf(result.error.issues[0]!)

  for (const [field, { why, neutral = [] }] of Object.entries(unsupported)) {
    if (!Object.hasOwn(body, field) || neutral.some((value) => isDeepStrictEqual(value, body[field]))) continue
    const remedy = neutral.length > 0 ? `Leave it out, or set it to ${JSON.stringify(neutral[0])}` : 'Leave it out'
    throw new EngineError('unsupported_parameter', `${field} is not supported. ${why} ${remedy}.`, { param: field })
  }
  if (ignored) tellUnknown(schema, body, unsupported, ignored)
  return result.data
}

/** Members of the body, and of each of its fields. A schema takes its time with every one of them. */
const mostMembers = 1024

function checkMembers(body: object): void {
  if (Object.keys(body).length > mostMembers) {
    throw new EngineError('invalid_value', `The body must have at most ${mostMembers} fields.`)
  }
  for (const [field, value] of Object.entries(body)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    const { length } = Object.keys(value)
    if (length <= mostMembers) continue
    const param = field.slice(0, 64)
    throw new EngineError('invalid_value', `${param} must have at most ${mostMembers} members; got ${length}.`, { param })
  }
}

/** The first of the fields that nobody knows. */
function tellUnknown(schema: ZodType, body: object, unsupported: Unsupported, tell: (fields: readonly string[]) => void): void {
  if (!(schema instanceof z.ZodObject)) return
  const known = ['model', ...Object.keys(schema.shape), ...Object.keys(unsupported)]
  const unknown = Object.keys(body).filter((field) => !known.includes(field))
  if (unknown.length > 0) tell(unknown.slice(0, 16).map((field) => field.slice(0, 64)))
}

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** What the field must be, as the end of a sentence; a schema's own `error` comes before it. */
function requirement(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (isTooLarge(issue)) return 'must be a finite number'
      return `must be ${isInteger(issue.inst) ? kinds.int : (kinds[issue.expected] ?? issue.expected)}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${oneOf(issue.values)}`
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') return 'must not be empty'
      return `must be ${issue.inclusive ? 'at least' : 'greater than'} ${issue.minimum}`
    case 'too_big':
      if (issue.origin === 'array') return `must have at most ${issue.maximum} elements`
      if (issue.origin === 'string') return `must have at most ${issue.maximum} characters`
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
    case 'invalid_union':
      return Array.isArray(issue.options) ? `must be one of ${oneOf(issue.options)}` : 'is not valid'
    default:
      return 'is not valid'
  }
}

/** A literal that may be left out is among the values as undefined. */
const oneOf = (values: readonly unknown[]) =>
  values.flatMap((value) => (value === undefined ? [] : [JSON.stringify(value)])).join(', ')

/** Whether a schema of numbers takes integers alone. */
const isInteger = (schema: unknown) => schema instanceof z.ZodNumber && schema.format === 'safeint'

/** A number in JSON that is beyond all of ours, such as 1e999. */
const isTooLarge = ({ input }: { readonly input?: unknown }) =>
  input === Number.POSITIVE_INFINITY || input === Number.NEGATIVE_INFINITY

function faultOf(outer: Issue): EngineError {
  const issue = innermost(outer)
  const param = formatPath(issue.path)
  const code = codeOf(issue)
  const message =
    code === 'missing_required_parameter'
      ? `${param} is missing; it ${issue.message}.`
      : `${param} ${issue.message}; got ${given(issue)}.`
  return new EngineError(code, message, { param })
}

/** What there is instead of what must be: of a list or a text that is too long, how long it is. */
const given = ({ code, input }: Issue): string =>
  code === 'too_big' && (Array.isArray(input) || typeof input === 'string') ? String(input.length) : show(input)

/** Of a union's alternatives, the fault of the one that understood the value best; none took its type, or there is none: its own. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  if (issue.discriminator !== undefined) return { ...issue, input: fieldOf(issue.input, issue.discriminator) }
  const [best] = issue.errors
    .filter(
      (faults) =>
        !faults.some((fault) => fault.path.length === 0 && (fault.input === undefined || codeOf(fault) === 'invalid_type')),
    )
    .sort((a, b) => a.length - b.length || isOfType(a) - isOfType(b) || b[0]!.path.length - a[0]!.path.length)
  if (!best) return issue
  return innermost({ ...best[0]!, path: [...issue.path, ...best[0]!.path] })
}

const isOfType = ([first]: readonly Issue[]) => Number(codeOf(first!) === 'invalid_type')

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, field)?.value : undefined

function codeOf(issue: Issue): ErrorCode {
  if (issue.input === undefined) return 'missing_required_parameter'
  if (isTooLarge(issue)) return 'invalid_value'
  if (issue.code === 'invalid_value') return typeof issue.input === typeof issue.values[0] ? 'invalid_value' : 'invalid_type'
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined && typeof issue.input === 'string')
    return 'invalid_value'
  return issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'invalid_type' : 'invalid_value'
}

/** `messages[2].content[0].type` */
function formatPath(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`)).join('')
}

/** A value in a message, never long: what clients send may be megabytes. */
function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return value === undefined ? 'nothing' : String(value)
}
