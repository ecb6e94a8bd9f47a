import type { z } from 'zod'
import type { Fault, FaultCode } from './errors.ts'
import { didYouMean } from './nearest.ts'
import type { Path, YamlDocument } from './yaml.ts'

/**
 * Checks the part of a document at `path` against a schema. Every issue is a fault at its place; so is every key that
 * the schema does not know (also of a plain `z.object`, which would drop it; not of a `z.looseObject`), with the
 * nearest right key. `value` is there when there are no faults; with faults `rest` is what they leave, if that is enough
 * for the schema, so that it can be looked at too.
 */
export function checkYaml<T>(
  document: YamlDocument,
  schema: z.ZodType<T>,
  path: Path = [],
): { readonly value?: T; readonly rest?: T; readonly faults: Fault[] } {
  const checked = checkValue(document.get(path), schema, path.at(-1))
  const faults = checked.problems.map(({ code, path: inner, message, part }) =>
    document.fault(code, [...path, ...inner], message, part),
  )
  if (faults.length === 0) return { value: checked.value as T, faults }
  return checked.rest === undefined ? { faults } : { rest: checked.rest, faults }
}

/** What is wrong with a value, and where in it. */
export interface Problem {
  readonly code: FaultCode
  readonly path: Path
  readonly message: string
  readonly part: 'value' | 'key'
}

/** As `checkYaml`, for a value that has no document, or was put together from several; `root` is what messages call it. */
export function checkValue<T>(
  value: unknown,
  schema: z.ZodType<T>,
  root?: string | number,
): { readonly value?: T; readonly rest?: T; readonly problems: Problem[] } {
  const problems = unknownKeys(schema, value, [])
  const result = schema.safeParse(value)
  if (!result.success) problems.push(...result.error.issues.flatMap((issue) => issueProblems(issue, value, root)))
  if (result.success && problems.length === 0) return { value: result.data, problems }
  const rest = schema.safeParse(without(value, problems))
  return rest.success ? { rest: rest.data, problems } : { problems }
}

function issueProblems(
  issue: z.core.$ZodIssue,
  root: unknown,
  rootName: string | number | undefined,
  base: Path = [],
): Problem[] {
  const path = [...base, ...issue.path.filter((step) => typeof step !== 'symbol')]
  const value = valueAt(root, path)
  const last = path.at(-1) ?? rootName
  const name = typeof last === 'string' ? `\`${last}\`` : last === undefined ? '' : `item ${last + 1}`
  const problem = (code: FaultCode, message: string): Problem[] => [{ code, path, message, part: 'value' }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return [] // `unknownKeys` finds them too, also where the schema is not strict
    case 'invalid_type':
      if (value === undefined && path.length > 0)
        return [
          {
            code: 'missing_key',
            path: path.slice(0, -1),
            message: `${name} is missing: expected ${kindName(issue.expected)}`,
            part: 'key',
          },
        ]
      return problem('invalid_type', `${name} must be ${kindName(issue.expected)}, not ${describe(value)}`.trim())
    case 'invalid_value': {
      const values = issue.values.map(String)
      if (value === undefined && path.length > 0)
        return [
          {
            code: 'missing_key',
            path: path.slice(0, -1),
            message: `${name} is missing: expected ${either(values)}`,
            part: 'key',
          },
        ]
      const hint = typeof value === 'string' ? didYouMean(value, values) : ''
      return problem('invalid_value', `${name} must be ${either(values)}, not ${describe(value)}${hint}`.trim())
    }
    case 'invalid_key': {
      const reason = issue.issues[0]?.message ?? 'it cannot be a key'
      return [{ code: 'invalid_name', path, message: `${name}: ${reason}`, part: 'key' }]
    }
    case 'invalid_union': {
      const branches = issue.errors.filter((issues) => issues.length > 0)
      const nearest = branches.reduce<z.core.$ZodIssue[] | undefined>(
        (best, issues) => (best === undefined || rank(issues) > rank(best) ? issues : best),
        undefined,
      )
      if (nearest === undefined || (branches.length > 1 && branches.every((issues) => rank(issues) === rank(nearest))))
        return problem(
          typeof value === 'object' ? 'invalid_value' : 'invalid_type',
          `${name} has no form that is known: ${describe(value)}`.trim(),
        )
      return nearest.flatMap((inner) => issueProblems(inner, root, rootName, path))
    }
    default:
      return problem(
        'invalid_value',
        `${name}${name ? ': ' : ''}${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`,
      )
  }
}

/** How far a branch of a union went before it failed: a branch that fails inside its value was meant, one that fails at it was not. */
const rank = (issues: readonly z.core.$ZodIssue[]) => Math.min(...issues.map((issue) => issue.path.length))

const either = (values: readonly string[]) =>
  values.length > 12
    ? `one of ${values.slice(0, 12).join(', ')}, …`
    : values.length > 1
      ? `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
      : `${values[0]}`

const kindNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}
const kindName = (kind: string) => kindNames[kind] ?? kind

/** A value as messages quote it: short. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Record<string | number, unknown>)[step]
        : undefined,
    root,
  )

/** A copy of a value that lacks the parts with problems. */
function without(value: unknown, problems: readonly Problem[]): unknown {
  const copy = structuredClone(value)
  for (const { path } of problems) {
    const around = valueAt(copy, path.slice(0, -1))
    if (isMap(around)) delete around[path.at(-1)!]
  }
  return copy
}

/** Keys that no schema knows, at any depth, each with the nearest right key. */
function unknownKeys(schema: z.core.$ZodType, value: unknown, path: Path): Problem[] {
  if (Array.isArray(value)) {
    const elements = shapesOf(schema).flatMap((shape) =>
      shape._zod.def.type === 'array' ? [(shape as z.core.$ZodArray)._zod.def.element] : [],
    )
    const [element] = elements
    return element === undefined || elements.length > 1
      ? []
      : value.flatMap((item, index) => unknownKeys(element, item, [...path, index]))
  }
  if (!isMap(value)) return []
  const shapes = shapesOf(schema)
  const records = shapes.filter((shape) => shape._zod.def.type === 'record') as z.core.$ZodRecord[]
  const objects = shapes.filter((shape) => shape._zod.def.type === 'object') as z.core.$ZodObject[]
  if (records[0] !== undefined && objects.length === 0) {
    const inner = records[0]._zod.def.valueType
    return Object.entries(value).flatMap(([key, item]) => unknownKeys(inner, item, [...path, key]))
  }
  if (objects.length === 0 || records.length > 0) return []
  const meant = objects.filter((object) => isMeant(object, value))
  const candidates = meant.length > 0 ? meant : objects
  const open = candidates.some(({ _zod: { def } }) => def.catchall !== undefined && def.catchall._zod.def.type !== 'never')
  const known = [...new Set(candidates.flatMap((object) => Object.keys(object._zod.def.shape)))]
  return Object.entries(value).flatMap(([key, item]): Problem[] => {
    const inner = candidates.flatMap(({ _zod: { def } }) => (Object.hasOwn(def.shape, key) ? [def.shape[key]!] : []))
    if (inner.length === 1) return unknownKeys(inner[0]!, item, [...path, key])
    if (inner.length > 1 || open) return []
    const keys = known.length === 0 ? 'nothing is expected here' : `expected ${either(known)}`
    return [
      {
        code: 'unknown_key',
        path: [...path, key],
        message: `unknown key \`${key}\`${didYouMean(key, known) || `: ${keys}`}`,
        part: 'key',
      },
    ]
  })
}

/** Whether the fixed words of an object in a union (`kind: 'x'`) are those of the value. */
const isMeant = (object: z.core.$ZodObject, value: Record<string, unknown>) =>
  Object.entries(object._zod.def.shape).every(
    ([key, field]) =>
      field._zod.def.type !== 'literal' || (field as z.core.$ZodLiteral)._zod.def.values.includes(value[key] as never),
  )

/** The schemas of objects, records and arrays that stand behind wrappers and unions. */
function shapesOf(schema: z.core.$ZodType, depth = 0): z.core.$ZodType[] {
  const { def } = schema._zod
  if (depth > 16) return []
  if ('innerType' in def) return shapesOf(def.innerType as z.core.$ZodType, depth + 1)
  if (def.type === 'pipe') return shapesOf((schema as z.core.$ZodPipe)._zod.def.in, depth + 1)
  if (def.type === 'lazy') return shapesOf((schema as z.core.$ZodLazy)._zod.def.getter(), depth + 1)
  if (def.type === 'union') return (schema as z.core.$ZodUnion)._zod.def.options.flatMap((option) => shapesOf(option, depth + 1))
  if (def.type === 'intersection') {
    const { left, right } = (schema as z.core.$ZodIntersection)._zod.def
    return [...shapesOf(left, depth + 1), ...shapesOf(right, depth + 1)]
  }
  return [schema]
}
