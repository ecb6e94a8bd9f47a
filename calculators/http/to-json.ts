import { floatsToJson } from './floats-to-json.ts'

/** Levels of an answer down to its vectors, at most. */
const deepest = 4

/** What `JSON.stringify` writes, and vectors as lists of their numbers. Vectors are looked for in the first element of a list. */
export function toJson(value: unknown): string {
  if (value instanceof Float32Array) return floatsToJson(value)
  if (!hasVectors(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  const fields = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${fields.map(([name, each]) => `${JSON.stringify(name)}:${toJson(each)}`).join(',')}}`
}

function hasVectors(value: unknown, depth = deepest): value is object {
  if (value instanceof Float32Array) return true
  if (typeof value !== 'object' || value === null || depth === 0) return false
  if (Array.isArray(value)) return hasVectors(value[0], depth - 1)
  return Object.values(value).some((each) => hasVectors(each, depth - 1))
}
