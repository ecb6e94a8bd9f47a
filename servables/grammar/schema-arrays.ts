import { type Expression, repeat, sequence } from './ebnf.ts'
import { allOf, type Located, largest, type Part, type Reader, unsupported } from './schema-parts.ts'

/** Elements that a schema may count. */
const maxCount = 10_000

/** Arrays: the elements of `prefixItems`, all of them; then those of `items`, as many as are allowed. */
export function arrayExpression(parts: readonly Part[], reader: Reader): Expression | undefined {
  const min = largest(parts, 'minItems') ?? 0
  let max = largest(parts, 'maxItems', -1) ?? Number.POSITIVE_INFINITY
  for (const { value, at } of [...allOf(parts, 'minItems'), ...allOf(parts, 'maxItems')]) {
    if (Number(value) > maxCount) throw unsupported(at, `is more than ${maxCount}, which cannot be enforced`)
  }
  const unique = allOf(parts, 'uniqueItems').find(({ value }) => value === true)
  if (unique !== undefined && max > 1) throw unsupported(unique.at)

  const tuples = parts.map(tupleOf)
  const first: Expression[] = []
  const longest = Math.max(0, ...tuples.map(({ prefix }) => prefix.length))
  while (first.length < Math.min(longest, max)) {
    const at = first.length
    const item = reader.value(tuples.flatMap(({ prefix, rest }) => prefix[at] ?? rest ?? []))
    if (item === undefined) max = at
    else first.push(item)
  }
  const isClosed = first.length >= max || tuples.some(({ isClosed }) => isClosed)
  const rest = isClosed ? undefined : reader.value(tuples.flatMap(({ rest }) => rest ?? []))
  if (rest === undefined) max = first.length
  if (min > max) return undefined

  const { json } = reader
  if (first.length === 0) return json.brackets(rest === undefined ? sequence() : json.list(rest, min, max))
  const separated = first.flatMap((item, index) => (index === 0 ? [item] : [json.comma, item]))
  const left = max - first.length
  const more = rest === undefined ? [] : [repeat(sequence(json.comma, rest), Math.max(0, min - first.length), left)]
  return json.brackets(sequence(...separated, ...more, json.space))
}

interface Tuple {
  readonly prefix: readonly Located[]
  /** undefined: anything. */
  readonly rest: Located | undefined
  /** Whether a schema says how an array begins and not how it goes on: then it ends there. */
  readonly isClosed: boolean
}

/** The elements that a part speaks of, in the words of either draft. */
function tupleOf({ schema, at }: Part): Tuple {
  const isOld = Array.isArray(schema.items)
  const [prefixWord, restWord] = isOld ? ['items', 'additionalItems'] : ['prefixItems', 'items']
  const prefix = schema[prefixWord]
  const isTuple = Array.isArray(prefix)
  const hasRest = restWord in schema
  return {
    prefix: isTuple ? prefix.map((each, index) => ({ schema: each, at: `${at}.${prefixWord}[${index}]` })) : [],
    rest: hasRest ? { schema: schema[restWord], at: `${at}.${restWord}` } : undefined,
    isClosed: isTuple && !hasRest,
  }
}
