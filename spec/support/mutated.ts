import fc from 'fast-check'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type Path = readonly (string | number)[]

/** A request that is answered, and its route. */
export type ValidRequest = readonly [route: string, body: Json]

/** Requests of these, with some of their values replaced, taken away, or given to other fields. */
export function mutated(valid: readonly ValidRequest[]): fc.Arbitrary<{ readonly route: string; readonly body: Json }> {
  const fields = [...new Set(valid.flatMap(([, request]) => Object.keys(request as object)))]
  return fc
    .tuple(
      fc.constantFrom(...valid),
      fc.array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 2 }),
      fc.array(fc.tuple(fc.constantFrom(...fields), odd), { maxLength: 1 }),
    )
    .map(([[route, request], changes, additions]) => {
      let body: Json = request
      for (const [at, value] of changes) {
        const places = placesOf(body).slice(1)
        if (places.length > 0) body = put(body, places[at % places.length]!, value)!
      }
      for (const [field, value] of additions) body = put({ ...(body as object), [field]: null }, [field], value)!
      return { route, body }
    })
}

const odd: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom<Json | undefined>(undefined, null, '', 'auto', 'none', [], {}, [[]], [null], [''], true, false),
  fc.constantFrom<Json>(0, -0, -1, 1, 2, 0.5, 20, 21, 255, 256, 257, 2 ** 31, 2 ** 53, 2 ** 63, 1e308, -1e308),
  fc.constantFrom<Json>('\u0000', '\ud800', '\u{1f600}', 'x'.repeat(5000), '__proto__', { type: 'text' }, { role: 'user' }),
  fc.jsonValue() as fc.Arbitrary<Json>,
)

/** Every place of a value, the value itself first. */
const placesOf = (value: Json, path: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [path]
  const members: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.map((each, index) => [index, each] as const)
    : Object.entries(value)
  return [path, ...members.flatMap(([key, each]) => placesOf(each, [...path, key]))]
}

/** The value with another in one place; undefined: nothing. */
function put(value: Json, [key, ...rest]: Path, other: Json | undefined): Json | undefined {
  if (key === undefined) return other
  const changed = put((value as Record<string, Json>)[key]!, rest, other)
  if (Array.isArray(value))
    return value.flatMap((each, index) => (index !== key ? [each] : changed === undefined ? [] : [changed]))
  const kept = Object.entries(value as Record<string, Json>).filter(([name]) => name !== key)
  return Object.fromEntries(changed === undefined ? kept : [...kept, [String(key), changed]])
}
