import type { Timestamp } from './timestamp.ts'

/**
 * Something that happened in a run.
 * - `open`, `process`, `close`: a calculator's method was called; the event is told when it has ended, and has a `duration`.
 * - `send`: a packet was put into `stream`. `node` is empty when it came from outside.
 * - `fail`: a node failed; `message` says how.
 * - `throttled`, `unthrottled`: the queue of `stream` before `node` became full, or has room again.
 * - `deadlock`: nothing could move, and that queue was allowed to grow.
 */
export interface TraceEvent {
  /** The run's number, unique in the process. */
  readonly run: number
  readonly graph: string
  readonly node: string
  readonly kind: 'open' | 'process' | 'send' | 'close' | 'fail' | 'throttled' | 'unthrottled' | 'deadlock'
  /** When it happened, or began: milliseconds of `performance.now()`. */
  readonly time: number
  /** Milliseconds. */
  readonly duration?: number
  /** Of the packet sent, or of the firing. */
  readonly timestamp?: Timestamp
  readonly stream?: string
  readonly message?: string
}

/** Told of every event as it happens, within the run: it must be quick and must not throw. */
export type Trace = (event: TraceEvent) => void

/** An event of Chrome's trace format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
export interface ChromeTraceEvent {
  readonly name: string
  readonly ph: 'X' | 'i' | 'M'
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly ts: number
  readonly dur?: number
  readonly cat?: string
  readonly s?: 't'
  readonly args?: Readonly<Record<string, unknown>>
}

/**
 * A trace as `chrome://tracing` and Perfetto read it: a process for each run, a row for each node. Firings of one node that
 * overlap (`max_in_flight`) get rows of their own.
 */
export function chromeTrace(events: readonly TraceEvent[]): {
  readonly traceEvents: readonly ChromeTraceEvent[]
  readonly displayTimeUnit: 'ms'
} {
  const rows = new Rows()
  const timed = [...events].sort((a, b) => a.time - b.time).map((event) => chromeEvent(event, rows))
  return { traceEvents: [...rows.names, ...timed], displayTimeUnit: 'ms' }
}

function chromeEvent(event: TraceEvent, rows: Rows): ChromeTraceEvent {
  const { run, node, kind, time, duration, ...rest } = event
  const common = { name: kind, cat: kind, pid: run, tid: rows.find(event), ts: time * 1000, args: { node, ...rest } }
  return duration === undefined ? { ...common, ph: 'i', s: 't' } : { ...common, ph: 'X', dur: duration * 1000 }
}

/** Gives each event a row in which nothing overlaps it. */
class Rows {
  readonly names: ChromeTraceEvent[] = []
  private readonly byNode = new Map<string, { readonly tid: number; end: number }[]>()
  private count = 0

  find(event: TraceEvent): number {
    const key = `${event.run} ${event.node}`
    const rows = this.byNode.get(key) ?? []
    this.byNode.set(key, rows)
    const free = event.duration === undefined ? rows[0] : rows.find((row) => row.end <= event.time)
    const row = free ?? this.add(event, rows)
    if (event.duration !== undefined) row.end = event.time + event.duration
    return row.tid
  }

  private add(event: TraceEvent, rows: { readonly tid: number; end: number }[]): { readonly tid: number; end: number } {
    this.count += 1
    const row = { tid: this.count, end: 0 }
    const name = event.node === '' ? 'graph' : event.node
    rows.push(row)
    const label = rows.length === 1 ? name : `${name} (${rows.length})`
    this.names.push({ name: 'thread_name', ph: 'M', pid: event.run, tid: row.tid, ts: 0, args: { name: label } })
    return row
  }
}
