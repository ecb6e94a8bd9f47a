import { forJsonString } from './pattern.ts'

/** Keywords whose value is a schema, an array of schemas, or an object of schemas. */
const one = new Set(['items', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'propertyNames', 'not'])
const many = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const named = new Set(['properties', 'patternProperties', '$defs', 'definitions'])

/**
 * A JSON Schema as the compiler is to see it. Of strings with a length or a pattern it would let through as they are what no JSON
 * string may contain: control characters and, by patterns, quotation marks. As other patterns the same is safe.
 */
export function forCompiler(schema: unknown): unknown {
  if (!isRecord(schema)) return schema
  return boundLength(
    Object.fromEntries(
      Object.entries(schema).map(([keyword, value]) => {
        if (one.has(keyword)) return [keyword, forCompiler(value)]
        if (many.has(keyword) && Array.isArray(value)) return [keyword, value.map(forCompiler)]
        if (named.has(keyword) && isRecord(value)) return [keyword, mapValues(value)]
        if (keyword === 'pattern' && typeof value === 'string') return [keyword, forJsonString(value)]
        return [keyword, value]
      }),
    ),
  )
}

/** A structural tag as the compiler is to see it, for the schemas in it. */
export function tagForCompiler(tag: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const within = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(within) : isRecord(value) ? tagForCompiler(value) : value
  return Object.fromEntries(
    Object.entries(tag).map(([key, value]) => [key, key === 'json_schema' ? forCompiler(value) : within(value)]),
  )
}

/** Lengths that are no lengths, or contradict each other, are the compiler's to refuse. */
function boundLength(schema: Record<string, unknown>): Record<string, unknown> {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, ...rest } = schema
  const isBounded = 'minLength' in schema || 'maxLength' in schema
  if (schema.type !== 'string' || !isBounded || 'pattern' in schema || 'format' in schema) return schema
  if (!isLength(minLength) || !isLength(maxLength) || minLength > maxLength) return schema
  return { ...rest, pattern: `^[^"\\\\\\x00-\\x1f]{${minLength},${Number.isFinite(maxLength) ? maxLength : ''}}$` }
}

const isLength = (value: unknown): value is number =>
  value === Number.POSITIVE_INFINITY || (typeof value === 'number' && Number.isInteger(value) && value >= 0)

const mapValues = (schemas: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, forCompiler(schema)]))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
