import type { Fault, FaultCode } from './errors.ts'
import type { Path, YamlDocument } from './yaml.ts'

/** Where something is written. */
export interface Place {
  readonly document: YamlDocument
  readonly path: Path
}

/** A part of what is written at a place. */
export const inside = (place: Place, ...steps: (string | number)[]): Place => ({
  document: place.document,
  path: [...place.path, ...steps],
})

/** The places of a repeated field's values: of a list's items, or of the one value. */
export function listOf(place: Place): Place[] {
  const value = place.document.get(place.path)
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value.map((_, index) => inside(place, index)) : [place]
}

export const faultAt = (place: Place, code: FaultCode, message: string, part?: 'value' | 'key'): Fault =>
  place.document.fault(code, place.path, message, part)

/** `file:line` of a place, for messages about another place. */
export function placeName({ document, path }: Place): string {
  const { file, line } = document.position(path)
  return `${file}:${line}`
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
