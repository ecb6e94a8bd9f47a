import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type YAMLMap,
} from 'yaml'
import type { Fault, FaultCode } from './errors.ts'
import type { Position } from './plan.ts'

/** Keys and indexes from a document's root to a value. */
export type Path = readonly (string | number)[]

/** A YAML or JSON file, read: its plain value, and where each part of it stands. */
export interface YamlDocument {
  readonly file: string
  readonly value: unknown
  /** The value at `path`; undefined where there is none. */
  get(path: Path): unknown
  /** Where the value (or the key) at `path` begins; where nothing is there, the nearest part around it. */
  position(path: Path, part?: 'value' | 'key'): Position
  /** A fault at `path`. */
  fault(code: FaultCode, path: Path, message: string, part?: 'value' | 'key'): Fault
}

const largestText = 1024 * 1024
const mostNodes = 50_000
const mostAliases = 32
const deepest = 64
const mostFaults = 100

/**
 * Reads YAML 1.2, hence JSON too. All syntax faults are reported at once; the document is there when something could be
 * read all the same. Refused: duplicate keys, `__proto__`, unknown tags, several documents in a file, more than
 * 1 MiB, 50,000 values, 32 aliases or 64 levels, and aliases inside what they stand for. `<<` is a key like any other.
 */
export function readYaml(text: string, file: string): { readonly document?: YamlDocument; readonly faults: Fault[] } {
  const nowhere = (code: FaultCode, message: string): Fault => ({ code, message, file, line: 0, column: 0 })
  if (text.length > largestText) return { faults: [nowhere('too_large', 'the file is larger than 1 MiB')] }
  const counter = new LineCounter()
  const tokens = [...new Parser(counter.addNewLine).parse(text)]
  // Composing recurses, and V8 ends the process when a regular expression meets the end of the stack: look first.
  if (depthOf(tokens) > deepest) return { faults: [nowhere('too_large', `the values are nested more than ${deepest} deep`)] }
  const [parsed, second] = new Composer({
    prettyErrors: false,
    uniqueKeys: false, // the library compares each key with all others; `plainValue` finds duplicates in linear time
    merge: false,
    schema: 'core',
    logLevel: 'silent',
  }).compose(tokens, true, text.length)
  if (parsed === undefined) return { faults: [nowhere('syntax', 'the file is empty')] }
  const lines = text.split(/\r?\n/)
  const faultAt = (code: FaultCode, offset: number, message: string): Fault => {
    const { line, col } = counter.linePos(Math.min(offset, text.length))
    const source = lines[line - 1]
    return { code, message, file, line, column: col, ...(source !== undefined && { source }) }
  }
  const faults = [...parsed.errors, ...parsed.warnings]
    .slice(0, mostFaults)
    .map((problem) => faultAt('syntax', problem.pos[0], sentence(problem.message)))
  if (second !== undefined) faults.push(faultAt('syntax', second.range[0], 'a file holds one document'))
  const value = plainValue(parsed, (code, offset, message) => {
    if (faults.length < mostFaults) faults.push(faultAt(code, offset, message))
  })
  const nodes = locator(parsed)
  const document: YamlDocument = {
    file,
    value,
    get: (path) => path.reduce<unknown>((inner, key) => (hasOwn(inner, key) ? inner[key] : undefined), value),
    position(path, part = 'value') {
      const { line, col } = counter.linePos(Math.min(nodes(path, part), text.length))
      return { file, line: Math.max(1, line), column: Math.max(1, col) }
    },
    fault: (code, path, message, part = 'value') => faultAt(code, nodes(path, part), message),
  }
  return { document, faults }
}

/** How deep the deepest value is, found without recursion. */
function depthOf(tokens: readonly CST.Token[]): number {
  let depth = 0
  let level: readonly CST.Token[] = tokens
  while (level.length > 0) {
    depth++
    level = level.flatMap((token) => {
      if (token.type === 'document') return token.value === undefined ? [] : [token.value]
      if (!('items' in token)) return []
      return token.items.flatMap((item) => [item.key, item.value].filter((part) => part !== undefined && part !== null))
    })
  }
  return depth
}

const hasOwn = (value: unknown, key: string | number): value is Record<string | number, unknown> =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)

const sentence = (message: string) => message.charAt(0).toLowerCase() + message.slice(1)

/** A document as plain objects, lists and scalars, within limits of size that hold after aliases are replaced. */
function plainValue(document: Document.Parsed, report: (code: FaultCode, offset: number, message: string) => void): unknown {
  const around = new Set<unknown>()
  let nodes = 0
  let aliases = 0
  let tooLarge = false
  const refuse = (offset: number, message: string) => {
    if (!tooLarge) report('too_large', offset, message)
    tooLarge = true
  }
  function convert(node: unknown): unknown {
    if (tooLarge || !isNode(node)) return null
    const offset = start(node)
    if (++nodes > mostNodes) return refuse(offset, `the file has more than ${mostNodes} values`)
    if (around.size > deepest) return refuse(offset, `the values are nested more than ${deepest} deep`)
    if (isScalar(node)) return typeof node.value === 'bigint' ? Number(node.value) : node.value
    if (isAlias(node)) {
      if (++aliases > mostAliases)
        return refuse(offset, `the file has more than ${mostAliases} aliases, counted after they are replaced`)
      const target = node.resolve(document)
      if (target === undefined) report('syntax', offset, `nothing before this is anchored as &${node.source}`)
      else if (around.has(target)) report('syntax', offset, `*${node.source} is inside what it stands for`)
      else return convert(target)
      return null
    }
    around.add(node)
    const value = isMap(node) ? convertMap(node) : isSeq(node) ? node.items.map(convert) : null
    around.delete(node)
    return value
  }
  function convertMap(map: YAMLMap): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    for (const pair of map.items) {
      const key = keyOf(pair, document)
      const offset = keyOffset(pair)
      if (key === undefined) report('invalid_key', offset, 'a key must be a word, not a map or a list')
      else if (key === '__proto__') report('invalid_key', offset, '`__proto__` cannot be a key')
      else if (Object.hasOwn(value, key)) report('duplicate_key', offset, `\`${key}\` is given twice in the same map`)
      else value[key] = convert(pair.value)
    }
    return value
  }
  return convert(document.contents)
}

/** Finds where the part at a path begins in the text. Maps are indexed once, so that many faults cost little. */
function locator(document: Document.Parsed): (path: Path, part: 'value' | 'key') => number {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>()
  const indexOf = (map: YAMLMap) => {
    let index = indexes.get(map)
    if (index === undefined) {
      index = new Map()
      for (const pair of map.items) {
        const key = keyOf(pair, document)
        if (key !== undefined && !index.has(key)) index.set(key, pair)
      }
      indexes.set(map, index)
    }
    return index
  }
  return (path, part) => {
    let node: unknown = document.contents
    let offset = start(node)
    for (const [depth, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(document)
      if (isMap(node)) {
        const pair = indexOf(node).get(String(step))
        if (pair === undefined) break
        node = pair.value
        offset = (part === 'key' && depth === path.length - 1) || isEmpty(node) ? keyOffset(pair) : start(node)
      } else if (isSeq(node)) {
        const item = node.items[Number(step)]
        if (item === undefined) break
        node = item
        offset = start(item)
      } else break
    }
    return offset
  }
}

const isNode = (node: unknown): node is Node => typeof node === 'object' && node !== null && 'range' in node

const start = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)

const isEmpty = (node: unknown) => !isNode(node) || (isScalar(node) && node.value === null && node.source === '')

const keyOffset = (pair: Pair): number => start(isNode(pair.key) ? pair.key : pair.value)

/**
 * A pair's key as text. A list of one word is MediaPipe's way to name the type of options in text format, and stays in
 * its brackets: `[mediapipe.SyncSetInputStreamHandlerOptions.ext]`. Other lists and maps are no keys.
 */
function keyOf(pair: Pair, document: Document.Parsed): string | undefined {
  const key = isAlias(pair.key) ? pair.key.resolve(document) : pair.key
  if (isScalar(key)) return key.value === null ? '' : String(key.value)
  if (!isSeq(key) || key.items.length !== 1) return undefined
  const only = key.items[0]
  return isScalar(only) ? `[${String(only.value)}]` : undefined
}
