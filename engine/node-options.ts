import type { Fault } from './errors.ts'
import { faultAt, inside, isMap, listOf, type Place } from './place.ts'
import type { Path } from './yaml.ts'

/** The options that a file gives to a node or graph, and where. */
export interface OptionsPart {
  readonly value: Readonly<Record<string, unknown>>
  readonly place: Place
}

/** MediaPipe's `option_value: "top_k:options/sampling/top_k"`: an option of this node is one of the graph's. */
export interface OptionValue {
  /** In the node's options; empty: all of them. */
  readonly to: readonly string[]
  /** In the graph's options. */
  readonly from: readonly string[]
  readonly place: Place
}

/**
 * `options`, or MediaPipe's `node_options` (of a graph, `graph_options`): a map, possibly under the name of its type,
 * as in text format: `[mediapipe.GateCalculatorOptions.ext]: { … }`, or with an `@type` key.
 */
export function readOptions(place: Place, other: string, fault: (fault: Fault) => void): OptionsPart | undefined {
  const given = ['options', other].flatMap((key) => listOf(inside(place, key)))
  const [first, second] = given
  if (second !== undefined) fault(faultAt(second, 'duplicate_key', 'options are given twice', 'key'))
  return first === undefined ? undefined : unwrapOptions(first, fault)
}

export function unwrapOptions(place: Place, fault: (fault: Fault) => void): OptionsPart | undefined {
  const value = place.document.get(place.path)
  if (!isMap(value)) {
    fault(faultAt(place, 'invalid_type', 'options are a map'))
    return undefined
  }
  const [only, ...more] = Object.keys(value)
  if (only !== undefined && more.length === 0 && /^\[.*\]$/.test(only)) return unwrapOptions(inside(place, only), fault)
  const { '@type': _, ...options } = value
  return { value: options, place }
}

/** `"option:options/name"`, one or a list, or a map `{ option: options/name }`. `OPTIONS` stands for all options of the node. */
export function readOptionValues(place: Place, fault: (fault: Fault) => void): OptionValue[] {
  const value = place.document.get(place.path)
  const pairs: [unknown, unknown, Place][] = isMap(value)
    ? Object.entries(value).map(([to, from]) => [to, from, inside(place, to)])
    : listOf(place).map((at) => {
        const text = at.document.get(at.path)
        const [to, from, ...more] = typeof text === 'string' ? text.split(':') : []
        return [to, more.length > 0 ? undefined : from, at]
      })
  return pairs.flatMap(([to, from, at]) => {
    const source = typeof from === 'string' ? pathOf(from) : undefined
    const target = to === 'OPTIONS' ? [] : typeof to === 'string' ? pathOf(to) : undefined
    if (target !== undefined && source?.[0] === 'options') return [{ to: target, from: source.slice(1), place: at }]
    const wanted = 'expected "option:options/name": an option of this node, and the option of the graph that it takes'
    fault(faultAt(at, 'invalid_value', wanted))
    return []
  })
}

const step = /^[A-Za-z][A-Za-z0-9_-]*$/

function pathOf(text: string): string[] | undefined {
  const steps = text.trim().split('/')
  return steps.every((part) => step.test(part)) ? steps : undefined
}

/** Options put together from several places: a node's own, and those that its graph hands it. */
export interface Options {
  readonly value: Readonly<Record<string, unknown>>
  /** Where the value at a path was written, the most particular last. */
  readonly origins: readonly { readonly path: Path; readonly place: Place }[]
}

/** Where the option at `path` was written, or would be. */
export function optionPlace({ origins }: Options, path: Path): Place {
  const origin = origins.findLast((candidate) => candidate.path.every((part, depth) => part === path[depth]))!
  return path.length === origin.path.length ? origin.place : inside(origin.place, ...path.slice(origin.path.length))
}

/** A node's options with those that its graph's options hand it; `unset` is the place of options that nobody gives. */
export function nodeOptions(own: OptionsPart | undefined, values: readonly OptionValue[], graph: Options, unset: Place): Options {
  const options: Options = { value: own?.value ?? {}, origins: [{ path: [], place: own?.place ?? unset }] }
  return values.reduce((made, { to, from }) => handOver(made, to, graph, from), options)
}

/** A graph's options: its own are the defaults of those that its user gives. */
export function graphOptions(own: OptionsPart | undefined, given: Options | undefined, unset: Place): Options {
  const defaults: Options = { value: own?.value ?? {}, origins: [{ path: [], place: own?.place ?? unset }] }
  return leaves(given?.value ?? {}).reduce((made, path) => handOver(made, path, given!, path), defaults)
}

/** Puts what is at `from` in some options at `to` in others, with the places where it was written. */
function handOver({ value, origins }: Options, to: Path, source: Options, from: Path): Options {
  const part = valueAt(source.value, from)
  if (part === undefined) return { value, origins }
  const whole = { path: to, place: optionPlace(source, from) }
  const parts = source.origins
    .filter(({ path }) => path.length > from.length && from.every((step, depth) => step === path[depth]))
    .map(({ path, place }) => ({ path: [...to, ...path.slice(from.length)], place }))
  return { value: withValue(value, to, part) as Record<string, unknown>, origins: [...origins, whole, ...parts] }
}

function withValue(value: unknown, [key, ...rest]: Path, part: unknown): unknown {
  if (key === undefined) return isMap(part) && isMap(value) ? { ...value, ...part } : part
  const map = isMap(value) ? value : {}
  return { ...map, [key]: withValue(Object.hasOwn(map, key) ? map[key] : undefined, rest, part) }
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (isMap(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value)

/** The paths of all values that are not maps. */
const leaves = (value: Readonly<Record<string, unknown>>): string[][] =>
  Object.entries(value).flatMap(([key, inner]): string[][] =>
    isMap(inner) && Object.keys(inner).length > 0 ? leaves(inner).map((path) => [key, ...path]) : [[key]],
  )
