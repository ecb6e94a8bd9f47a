import { setMaxListeners } from 'node:events'
import { EngineError } from './errors.ts'
import { cancellation, deadlockError } from './failure.ts'
import { GraphOutput, type OutputHost } from './graph-output.ts'
import type { Layout } from './layout.ts'
import { NodeRun } from './node.ts'
import type { NodeHost } from './node-host.ts'
import type { Packet } from './packet.ts'
import type { Plan } from './plan.ts'
import type { Run, RunInit } from './run.ts'
import { type IdleHost, Scheduler } from './scheduler.ts'
import { SidePackets } from './side-packets.ts'
import { Stream } from './stream.ts'
import { type BoundedQueue, Throttle } from './throttle.ts'
import type { Timestamp } from './timestamp.ts'
import type { TraceEvent } from './trace.ts'

/** What ends work that nobody waits for any longer. One for all runs: it is no failure, and most runs need it. */
const hasEnded = new EngineError('cancelled', 'The run has ended.')

let live = 0
let count = 0

/** How many runs have been started and have not settled. */
export const liveRuns = (): number => live

interface Settler {
  resolve(): void
  reject(error: EngineError): void
}

/** What `Graph.start` makes; callers see a `Run`. */
export class GraphRun implements Run, NodeHost, OutputHost, IdleHost {
  readonly id: number
  readonly done: Promise<void>
  readonly streams: readonly Stream[]
  readonly sides: SidePackets
  readonly throttle: Throttle
  readonly maxQueueSize: number
  readonly trace: ((event: Omit<TraceEvent, 'run' | 'graph'>) => void) | undefined
  isOver = false
  private failure: EngineError | undefined
  private readonly plan: Plan
  private readonly layout: Layout
  private readonly nodes: readonly NodeRun[]
  private readonly outputs = new Map<string, GraphOutput>()
  private readonly scheduler: Scheduler
  private openNodes: number
  private openOutputs: number
  private hasSettled = false
  private controller: AbortController | undefined
  private readonly outer: AbortSignal | undefined
  private settler: Settler = { resolve() {}, reject() {} }
  private idleWaiters: Settler[] = []
  /** Of each input, how many pushes `ready` has promised room for. */
  private readonly places = new Map<Stream, number>()

  constructor(plan: Plan, layout: Layout, init: RunInit) {
    this.sides = new SidePackets(layout, plan.name, init.sides ?? {})
    this.id = ++count
    this.plan = plan
    this.layout = layout
    this.maxQueueSize = plan.maxQueueSize
    const { trace } = init
    this.trace = trace && ((event) => trace({ run: this.id, graph: plan.name, ...event }))
    this.throttle = new Throttle(layout.upstream, this.throttled)
    this.streams = plan.streams.map((stream) => new Stream(stream, layout.producers[stream.id]))
    this.nodes = layout.nodes.map((node) => new NodeRun(node, this))
    for (const [port, stream] of layout.outputs) this.outputs.set(port, new GraphOutput(port, this.streams[stream]!, this))
    this.scheduler = new Scheduler(this.nodes, layout, this)
    this.openNodes = this.nodes.length
    this.openOutputs = this.outputs.size
    this.done = new Promise((resolve, reject) => {
      this.settler = { resolve, reject }
    })
    this.done.catch(() => {})
    live += 1
    this.outer = init.signal
    this.outer?.addEventListener('abort', this.aborted)
    if (this.outer?.aborted) this.aborted()
    else this.scheduler.schedule()
  }
  push(port: string, value: unknown, timestamp?: Timestamp): void {
    const stream = this.input(port)
    if (this.failure) throw this.failure
    if (this.isOver) return
    if (!this.usePlace(stream) && this.throttle.isThrottled(stream.plan.id)) {
      throw new EngineError('overloaded', `Input ${port}: the graph is throttled; await ready("${port}") before the next push.`)
    }
    const time = timestamp ?? stream.following
    stream.put({ value, timestamp: time })
    this.trace?.({ node: '', kind: 'send', time: performance.now(), timestamp: time, stream: stream.plan.name })
    this.scheduler.schedule()
  }

  async ready(port: string): Promise<void> {
    const stream = this.input(port)
    const { id } = stream.plan
    while (!this.isOver && this.throttle.isThrottled(id)) await this.throttle.wait(id).catch(() => {})
    if (this.failure) throw this.failure
    this.places.set(stream, (this.places.get(stream) ?? 0) + 1)
  }

  advance(port: string, bound: Timestamp): void {
    const stream = this.input(port)
    if (this.failure) throw this.failure
    if (!this.isOver) stream.advance(bound)
    this.scheduler.schedule()
  }

  close(port?: string): void {
    if (this.isOver) return
    if (port !== undefined) this.input(port).close()
    else for (const stream of this.layout.inputs.values()) this.streams[stream]!.close()
    this.scheduler.schedule()
  }

  read(port: string): AsyncIterableIterator<Packet> {
    return this.output(port).read()
  }

  observe(port: string, callback: (packet: Packet) => void): void {
    this.output(port).observe(callback)
  }

  cancel(reason?: unknown): void {
    if (!this.isOver) this.fail(cancellation(reason))
  }

  waitUntilIdle(): Promise<void> {
    if (this.hasSettled) return this.done
    if (!this.isOver && this.scheduler.isIdle) return Promise.resolve()
    return new Promise((resolve, reject) => this.idleWaiters.push({ resolve, reject }))
  }

  sideOutput(port: string): unknown {
    return this.sides.output(port)
  }

  /** Made when a calculator first asks for it: most never do. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      // Every node may listen, some once for each packet; the usual warning at ten listeners would be noise.
      setMaxListeners(0, this.controller.signal)
      if (this.isOver) this.controller.abort(this.reason())
    }
    return this.controller.signal
  }

  get inputsAreClosed(): boolean {
    for (const stream of this.layout.inputs.values()) if (!this.streams[stream]!.isClosed) return false
    return true
  }

  wake(node: NodeRun): void {
    this.scheduler.mark(node)
  }

  outstanding(change: 1 | -1): void {
    this.scheduler.outstanding(change)
  }

  work(): void {
    this.scheduler.work()
  }

  stir(): void {
    if (this.throttle.full.size > 0) this.scheduler.schedule()
  }

  canGoOn(): Promise<void> {
    if (!this.isOver) return this.scheduler.afterRest()
    const over = Promise.reject(this.reason())
    // Who asks without awaiting must not end the process.
    over.catch(() => {})
    return over
  }

  sideSet(name: string): void {
    for (const node of this.nodes) if (node.state === 'waiting' && node.layout.sidesToWaitFor.includes(name)) node.wake()
  }

  stopSources(): void {
    this.close()
    for (const node of this.nodes) if (node.layout.isSource) node.stop()
  }

  outputClosed(): void {
    this.openOutputs -= 1
    if (this.openOutputs === 0 && !this.isOver) this.conclude()
  }

  closed(): void {
    this.openNodes -= 1
    this.settleIfDone()
  }

  fail(error: EngineError): void {
    if (this.isOver) return
    this.failure = error
    this.conclude()
  }

  relieveDeadlock(sourceIsHeldBack: boolean): boolean {
    const { full } = this.throttle
    if (full.size === 0 || !(sourceIsHeldBack || this.inputIsHeldBack() || this.throttle.blocked().size > 0)) return false
    const queues = [...full]
    const isSlowReader = queues.some((queue) => queue.isOutside) && ![...this.outputs.values()].some((output) => output.isAwaited)
    if (isSlowReader) return false
    if (this.plan.reportDeadlock) this.fail(deadlockError(this.plan, queues))
    else for (const queue of queues) this.grow(queue)
    return true
  }

  isIdle(): void {
    this.settleIfDone()
    for (const { resolve } of this.idleWaiters.splice(0)) resolve()
  }

  private readonly aborted = (): void => this.cancel(this.outer?.reason)

  private readonly throttled = (queue: BoundedQueue, isFull: boolean): void => {
    if (!isFull) this.scheduler.schedule()
    this.tellOfQueue(isFull ? 'throttled' : 'unthrottled', queue)
  }

  /** By the time a caller goes on after `ready`, the graph may have filled up again; its place is kept. */
  private usePlace(stream: Stream): boolean {
    const places = this.places.get(stream) ?? 0
    if (places > 0) this.places.set(stream, places - 1)
    return places > 0
  }

  private input(port: string): Stream {
    const stream = this.layout.inputs.get(port)
    if (stream === undefined) throw this.unknown('input', port, this.layout.inputs.keys())
    return this.streams[stream]!
  }

  private output(port: string): GraphOutput {
    const output = this.outputs.get(port)
    if (output === undefined) throw this.unknown('output', port, this.outputs.keys())
    return output
  }

  private unknown(kind: string, port: string, known: Iterable<string>): EngineError {
    return new EngineError(
      'internal',
      `Graph ${this.plan.name} has no ${kind} ${port}; it has ${[...known].join(', ') || 'none'}.`,
    )
  }

  private inputIsHeldBack(): boolean {
    const { throttle, streams } = this
    for (const id of this.layout.inputs.values()) if (!streams[id]!.isClosed && throttle.isThrottled(id)) return true
    return false
  }

  private grow(queue: BoundedQueue): void {
    queue.limit = queue.length + 1
    this.tellOfQueue('deadlock', queue, `resolved a deadlock: the queue of ${queue.owner} may now hold ${queue.limit} packets`)
    this.throttle.update(queue)
  }

  private tellOfQueue(kind: 'throttled' | 'unthrottled' | 'deadlock', queue: BoundedQueue, message?: string): void {
    const stream = this.plan.streams[queue.stream]!.name
    this.trace?.({ node: queue.node, kind, time: performance.now(), stream, ...(message === undefined ? {} : { message }) })
  }

  private reason(): EngineError {
    return this.failure ?? hasEnded
  }

  /** Nothing that is sent from here on matters: readers learn of it, what is at work is aborted, and all nodes close. */
  private conclude(): void {
    this.isOver = true
    this.scheduler.stop()
    this.outer?.removeEventListener('abort', this.aborted)
    if (this.throttle.isAwaited) this.throttle.end(this.reason())
    if (this.controller && this.nodes.some((node) => node.state !== 'closed')) this.controller.abort(this.reason())
    for (const output of this.outputs.values()) output.end(this.failure)
    for (const node of this.nodes) node.shutDown()
    this.settleIfDone()
  }

  private settleIfDone(): void {
    if (this.openNodes > 0 || this.hasSettled) return
    if (!this.isOver) {
      if (this.openOutputs === 0) this.conclude()
      return
    }
    this.hasSettled = true
    live -= 1
    const { failure } = this
    for (const waiter of [this.settler, ...this.idleWaiters.splice(0)]) {
      if (failure) waiter.reject(failure)
      else waiter.resolve()
    }
  }
}
