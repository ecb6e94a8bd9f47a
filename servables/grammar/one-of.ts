import { isDeepStrictEqual } from 'node:util'
import {
  isRecord,
  type Located,
  type Part,
  type Reader,
  typeOf,
  typesOf,
  unsupported,
  validTypes,
  valuesOf,
} from './schema-parts.ts'

/** Branches of a `oneOf`. */
const mostBranches = 64

/**
 * Of `oneOf` exactly one branch may be valid. A grammar takes a branch and makes a value of it, so no other must take that value
 * as well: by its type, its values, or a property that tells the branches apart.
 *
 * @throws EngineError `unsupported_parameter` when two branches may both be valid
 */
export function checkApart(reader: Reader, branches: readonly Located[], beside: readonly Part[]): void {
  if (branches.length > mostBranches) {
    throw unsupported(
      branches[mostBranches]!.at,
      `is one of more than ${mostBranches} branches, each of which is compared with all; use anyOf`,
    )
  }
  const views = branches.map((branch) => flatBranches(reader, [branch, ...beside]))
  for (const [index, one] of views.entries()) {
    for (const [before, other] of views.slice(0, index).entries()) {
      if (one.every((a) => other.every((b) => excludes(reader, a, b, 0) && excludes(reader, b, a, 0)))) continue
      const at = branches[index]!.at
      throw unsupported(
        at,
        `may be valid where oneOf[${before}] is, and that cannot be excluded; use anyOf, or tell them apart by a required property with a const`,
      )
    }
  }
}

/** What a branch consists of, once for each of the alternatives in it. Those that nothing is valid by are left out. */
function flatBranches(reader: Reader, schemas: readonly Located[]): readonly (readonly Part[])[] {
  const { parts, unions } = reader.flatten(schemas)
  if (parts === undefined) return []
  const [union, ...others] = unions
  if (union === undefined) return [parts]
  const rest = others.map(({ branches }) => ({ schema: { anyOf: branches.map(({ schema }) => schema) }, at: '' }))
  return union.branches.flatMap((branch) => flatBranches(reader, [branch, ...parts, ...rest]))
}

/** Whether no value that is made of `made` is valid by `valid`. */
function excludes(reader: Reader, made: readonly Part[], valid: readonly Part[], depth: number): boolean {
  if (depth > 4) return false
  const makes = valuesOf(made)
  const takes = valuesOf(valid)
  if (makes !== undefined && takes !== undefined)
    return !makes.some((value) => takes.some((each) => isDeepStrictEqual(each, value)))
  const types = makes === undefined ? typesOf(made) : [...new Set(makes.map(typeOf))]
  const taken = takes === undefined ? validTypes(valid) : [...new Set(takes.map(typeOf))]
  const overlap = types.filter((type) => taken.includes(type) || (type === 'number' && taken.includes('integer')))
  if (overlap.length === 0) return true
  if (overlap.some((type) => type !== 'object') || makes !== undefined || takes !== undefined) return false

  const always = requiredBy(made)
  const isClosed = valid.some(({ schema }) => schema.additionalProperties === false)
  const known = new Set(valid.flatMap(({ schema }) => (isRecord(schema.properties) ? Object.keys(schema.properties) : [])))
  if (isClosed && always.some((name) => !known.has(name))) return true
  const isOpen = !made.some(
    ({ schema }) => schema.additionalProperties === false || (isRecord(schema.properties) && !('additionalProperties' in schema)),
  )
  const possible = new Set([
    ...made.flatMap(({ schema }) => (isRecord(schema.properties) ? Object.keys(schema.properties) : [])),
    ...always,
  ])
  if (!isOpen && requiredBy(valid).some((name) => !possible.has(name))) return true
  return always.some((name) => {
    if (propertyOf(made, name).length === 0 || propertyOf(valid, name).length === 0) return false
    const others = flatProperty(reader, valid, name)
    return flatProperty(reader, made, name).every((a) => others.every((b) => excludes(reader, a, b, depth + 1)))
  })
}

const flatProperties = new WeakMap<readonly Part[], Map<string, readonly (readonly Part[])[]>>()

/** Read once for each branch, and not for each pair of them. */
function flatProperty(reader: Reader, parts: readonly Part[], name: string): readonly (readonly Part[])[] {
  const known = flatProperties.get(parts) ?? new Map<string, readonly (readonly Part[])[]>()
  flatProperties.set(parts, known)
  const flat = known.get(name) ?? flatBranches(reader, propertyOf(parts, name))
  known.set(name, flat)
  return flat
}

const requiredBy = (parts: readonly Part[]): readonly string[] =>
  parts.flatMap(({ schema: { required } }) => (Array.isArray(required) ? required.map(String) : []))

const propertyOf = (parts: readonly Part[], name: string): readonly Located[] =>
  parts.flatMap(({ schema: { properties }, at }) =>
    isRecord(properties) && Object.hasOwn(properties, name) ? [{ schema: properties[name], at: `${at}.properties.${name}` }] : [],
  )
