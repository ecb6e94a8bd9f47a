import { describe } from './check-yaml.ts'
import type { Fault } from './errors.ts'
import { faultAt, inside, type Place } from './place.ts'

/** A stream or side packet at a port, as a graph file names it. */
export interface PortName {
  readonly tag: string
  readonly index: number
  /** Of the stream or side packet. */
  readonly name: string
  /** The name that its file has, where it is another in the expanded graph; for messages. */
  readonly written?: string
  readonly place: Place
  /** Something is wrong with it and has been reported; say no more about it. */
  readonly faulty: boolean
}

/** A port as `tag_index` names it. */
export interface TagIndex {
  readonly tag: string
  readonly index: number
  readonly place: Place
}

/** `TAG`, `TAG:1`, the untagged port. */
export const portLabel = ({ tag, index }: { readonly tag: string; readonly index: number }): string =>
  tag === '' ? (index === 0 ? 'the untagged port' : `:${index}`) : index === 0 ? tag : `${tag}:${index}`

/** A tag that is a key is shown at the key; in `TAG:name` the whole is shown. */
export const portPart = ({ tag, place }: PortName): 'key' | 'value' => (place.path.at(-1) === tag ? 'key' : 'value')

const tagGrammar = /^[A-Z_][A-Z0-9_]*$/
const nameGrammar = /^[a-z_][a-z0-9_]*$/
const indexGrammar = /^(0|[1-9][0-9]{0,3})$/

/**
 * Reads the ports of a node or graph, in either spelling (MediaPipe's `tool/tag_map.cc` and `tool/validate_name.cc`):
 * `"name"`, `"TAG:name"`, `"TAG:index:name"`, one or a list of them; or a map from tag to name, or to a list of names
 * for a repeated port. The indexes of a tag must be 0, 1, 2, …, each once. What is misspelled is reported and kept,
 * marked `faulty`, so that nobody takes its stream for missing.
 */
export function readPorts(place: Place, report: (fault: Fault) => void): PortName[] {
  const value = place.document.get(place.path)
  const ports: PortName[] = []
  const add = (tag: string, index: number, name: unknown, at: Place, faulty = false) => {
    const isName = typeof name === 'string' && nameGrammar.test(name)
    if (typeof name !== 'string') report(faultAt(at, 'invalid_type', 'a stream or side packet is named by a word'))
    else if (!isName) report(faultAt(at, 'invalid_name', badName(name)))
    ports.push({ tag, index, name: String(name), place: at, faulty: faulty || !isName })
  }
  const addText = (text: unknown, at: Place) => {
    const parts = typeof text === 'string' ? text.split(':').map((part) => part.trim()) : []
    const [tag = '', second = '', third] = parts
    if (parts.length === 1) return add('', ports.filter((port) => port.tag === '').length, tag, at)
    if (parts.length === 0 || parts.length > 3 || (third !== undefined && !indexGrammar.test(second))) {
      report(faultAt(at, 'invalid_name', `expected "name", "TAG:name" or "TAG:index:name", not ${describe(text)}`))
      return add(tag, 0, nameGrammar.test(third ?? second) ? (third ?? second) : 'faulty', at, true)
    }
    if (!tagGrammar.test(tag)) report(faultAt(at, 'invalid_name', badTag(tag)))
    add(tag, third === undefined ? 0 : Number(second), third ?? second, at, !tagGrammar.test(tag))
  }
  if (typeof value === 'string') addText(value, place)
  else if (Array.isArray(value)) for (const index of value.keys()) addText(value[index], inside(place, index))
  else if (typeof value === 'object' && value !== null)
    for (const [tag, names] of Object.entries(value)) {
      const faulty = tag !== '' && !tagGrammar.test(tag)
      if (faulty) report(faultAt(inside(place, tag), 'invalid_name', badTag(tag), 'key'))
      if (Array.isArray(names)) for (const index of names.keys()) add(tag, index, names[index], inside(place, tag, index), faulty)
      else add(tag, 0, names, inside(place, tag), faulty)
    }
  else {
    report(faultAt(place, 'invalid_type', 'ports are a map { TAG: name }, or a list of "TAG:name"'))
    ports.push({ tag: '', index: 0, name: 'faulty', place, faulty: true })
  }
  return checkIndexes(ports, report)
}

function checkIndexes(ports: readonly PortName[], report: (fault: Fault) => void): PortName[] {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  for (const port of ports) counts.set(port.tag, (counts.get(port.tag) ?? 0) + 1)
  return ports.map((port) => {
    if (port.faulty) return port
    const count = counts.get(port.tag)!
    const key = `${port.tag}:${port.index}`
    if (taken.has(key))
      report(
        faultAt(
          port.place,
          'duplicate_port',
          `${portLabel(port)} is given twice; if it is repeated, number it: ${port.tag}:0, ${port.tag}:1, …`,
        ),
      )
    else if (port.index >= count)
      report(faultAt(port.place, 'invalid_name', `${portLabel(port)}: the indexes of a tag are 0, 1, 2, … without gaps`))
    const faulty = taken.has(key) || port.index >= count
    taken.add(key)
    return { ...port, faulty }
  })
}

/** `TAG`, `TAG:1`, ``, `:1`: a port without its stream (`tag_index` in MediaPipe). Undefined when it is none of them. */
export function readTagIndex(text: string): { readonly tag: string; readonly index: number } | undefined {
  const [tag = '', index = '0', ...more] = text.trim().split(':')
  if (more.length > 0 || (tag !== '' && !tagGrammar.test(tag)) || !indexGrammar.test(index)) return undefined
  return { tag, index: Number(index) }
}

function badName(name: string): string {
  const better = snake(name)
  const hint = nameGrammar.test(better) ? `; write ${better}` : ''
  return `"${name}" cannot name a stream or side packet: small letters, digits and underscores, no digit first${hint}`
}

function badTag(tag: string): string {
  const better = snake(tag).toUpperCase()
  const hint = tagGrammar.test(better) ? `; write ${better}` : ''
  return `"${tag}" cannot be a tag: capitals, digits and underscores, no digit first${hint}`
}

const snake = (name: string) =>
  name
    .slice(0, 100)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[-\s.]+/g, '_')
    .toLowerCase()

/** A stream or side packet as its author calls it. */
export const writtenName = ({ name, written }: PortName): string => written ?? name
