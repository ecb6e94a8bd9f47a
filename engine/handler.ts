import type { Fault } from './errors.ts'
import type { Reports } from './faults.ts'
import { didYouMean } from './nearest.ts'
import { unwrapOptions } from './node-options.ts'
import { faultAt, inside, isMap, listOf, type Place } from './place.ts'
import { portLabel, readTagIndex, type TagIndex } from './port-names.ts'

/** An `input_stream_handler`, as a graph file says it; its tags are not yet those of a node. */
export type Handler =
  | { readonly kind: 'default' | 'immediate' }
  | { readonly kind: 'sync_set'; readonly sets: readonly (readonly TagIndex[])[] }

/** The input stream handlers that graph files may name. */
export const handlers = {
  DefaultInputStreamHandler: 'default',
  ImmediateInputStreamHandler: 'immediate',
  SyncSetInputStreamHandler: 'sync_set',
} as const

/** MediaPipe's other handlers, and what does their work here. */
const elsewhere: Readonly<Record<string, string>> = {
  MuxInputStreamHandler: 'use MuxCalculator',
  FixedSizeInputStreamHandler: 'put a FlowLimiterCalculator before the node',
  EarlyCloseInputStreamHandler:
    'PreviousLoopbackCalculator ends a loop with its main stream, and a calculator that returns STOP a run',
  BarrierInputStreamHandler: 'packets that belong together have the same time; send them so',
  TimestampAlignInputStreamHandler: 'packets that belong together have the same time; send them so',
}

/**
 * Reads `{ input_stream_handler: SyncSetInputStreamHandler, options: { sync_set: [{ tag_index: ['LOOPBACK:0'] }] } }`,
 * or just the handler's name. A graph's own handler cannot be of sync sets, whose tags belong to one node.
 */
export function readHandler(place: Place, { fault, warning }: Reports, owner: 'graph' | 'node'): Handler | undefined {
  const value = place.document.get(place.path)
  const fields: Record<string, unknown> = isMap(value) ? value : { input_stream_handler: value }
  const named = isMap(value) ? inside(place, 'input_stream_handler') : place
  for (const key of Object.keys(fields))
    if (key !== 'input_stream_handler' && key !== 'options')
      fault(
        faultAt(
          inside(place, key),
          'unknown_key',
          `unknown key \`${key}\`${didYouMean(key, ['input_stream_handler', 'options'])}`,
          'key',
        ),
      )
  const name = fields.input_stream_handler ?? (isMap(value) ? 'DefaultInputStreamHandler' : undefined)
  if (typeof name !== 'string') {
    fault(faultAt(named, 'invalid_type', `an input stream handler is one of ${Object.keys(handlers).join(', ')}`))
    return undefined
  }
  if (!Object.hasOwn(handlers, name)) {
    fault(faultAt(named, 'unknown_name', unknownHandler(name)))
    return undefined
  }
  const kind = handlers[name as keyof typeof handlers]
  const options =
    fields.options === undefined || fields.options === null ? undefined : unwrapOptions(inside(place, 'options'), fault)
  const known = kind === 'sync_set' ? ['sync_set'] : kind === 'default' ? ['batch_size'] : []
  for (const key of Object.keys(options?.value ?? {}))
    if (key === 'batch_size' && kind === 'default') {
      const message = '`batch_size` has no effect here: a node fires as soon as it can, in the same order'
      warning(faultAt(inside(options!.place, key), 'ignored_key', message, 'key'))
    } else if (!known.includes(key)) {
      const hint = known.length === 0 ? `; ${name} has none` : didYouMean(key, known)
      fault(faultAt(inside(options!.place, key), 'unknown_key', `unknown option \`${key}\`${hint}`, 'key'))
    }
  if (kind !== 'sync_set') return { kind }
  if (owner === 'graph') {
    fault(faultAt(named, 'invalid_value', 'sync sets name the ports of one node: give this handler to the node'))
    return undefined
  }
  return { kind, sets: options === undefined ? [] : readSets(inside(options.place, 'sync_set'), fault) }
}

function readSets(place: Place, fault: (fault: Fault) => void): TagIndex[][] {
  const taken = new Set<string>()
  return listOf(place).map((set) => {
    const value = set.document.get(set.path)
    if (!isMap(value)) {
      fault(faultAt(set, 'invalid_type', 'a sync set is a map: { tag_index: [TAG, …] }'))
      return []
    }
    for (const key of Object.keys(value))
      if (key !== 'tag_index')
        fault(faultAt(inside(set, key), 'unknown_key', `unknown key \`${key}\`${didYouMean(key, ['tag_index'])}`, 'key'))
    const tags = inside(set, 'tag_index')
    return listOf(tags).flatMap((at) => {
      const text = at.document.get(at.path)
      const port = typeof text === 'string' ? readTagIndex(text) : undefined
      if (port === undefined) {
        fault(faultAt(at, 'invalid_name', '`tag_index` is "TAG", "TAG:index" or ":index"'))
        return []
      }
      if (taken.has(`${port.tag}:${port.index}`)) {
        fault(faultAt(at, 'duplicate_name', `${portLabel(port)} is in two sync sets`))
        return []
      }
      taken.add(`${port.tag}:${port.index}`)
      return [{ ...port, place: at }]
    })
  })
}

function unknownHandler(name: string): string {
  const instead = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined
  if (instead !== undefined) return `${name} is not supported: ${instead}`
  return `unknown input stream handler ${name}${didYouMean(name, Object.keys(handlers)) || `: expected ${Object.keys(handlers).join(', ')}`}`
}
