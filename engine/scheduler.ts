import type { Layout } from './layout.ts'
import type { NodeRun } from './node.ts'
import type { Throttle } from './throttle.ts'
import { turnIsLong } from './turn.ts'

const settled = Promise.resolve()
const none: readonly number[] = []

/** What the scheduler asks of the run when no node can do anything. */
export interface IdleHost {
  readonly throttle: Throttle
  readonly inputsAreClosed: boolean
  /** If packets are held back and nobody outside will make room: lets queues grow, or fails the run. Says whether it did. */
  relieveDeadlock(sourceIsHeldBack: boolean): boolean
  isIdle(): void
}

/**
 * Gives nodes their turns: of those that are due the one nearest the sinks first, so that packets drain; a source only when
 * no other node is due, and of the sources the one that is furthest behind. Works without pause, in microtasks, as long as
 * calculators return no promises, but lets timers and sockets in every few milliseconds. (MediaPipe: `framework/scheduler.h`.)
 */
export class Scheduler {
  private readonly nodes: readonly NodeRun[]
  private readonly layout: Layout
  private readonly host: IdleHost
  /** No node with a higher id is due. */
  private top = -1
  /** Sources of this layer, of `layout.sourceLayers`, are running. */
  private layer = -1
  private isWorking = false
  private isScheduled = false
  private hasOpened = false
  private isStopped = false
  private pause: NodeJS.Immediate | undefined
  private turns = 0
  /** Calls of calculators that have not settled. */
  private pending = 0
  private afterPause: { promise: Promise<void>; resolve: () => void } | undefined

  constructor(nodes: readonly NodeRun[], layout: Layout, host: IdleHost) {
    this.nodes = nodes
    this.layout = layout
    this.host = host
  }

  get isIdle(): boolean {
    return !this.isWorking && !this.isScheduled && this.pause === undefined && this.pending === 0
  }

  mark(node: NodeRun): void {
    node.isMarked = true
    if (node.layout.plan.id > this.top) this.top = node.layout.plan.id
    this.schedule()
  }

  outstanding(change: 1 | -1): void {
    this.pending += change
  }

  /** Works soon, in a microtask. */
  schedule(): void {
    if (this.isWorking || this.isScheduled || this.pause !== undefined || this.isStopped) return
    this.isScheduled = true
    settled.then(this.begin)
  }

  /** Works now, unless it is already at work or pauses. */
  work(): void {
    if (this.isWorking || this.pause !== undefined || this.isStopped) return
    this.isWorking = true
    this.openNodes()
    while (this.step()) {
      if ((++this.turns & 7) === 0 && turnIsLong()) {
        this.rest()
        break
      }
    }
    this.isWorking = false
  }

  /** Settles when the work goes on after a pause; at once when there is none. */
  afterRest(): Promise<void> {
    if (this.pause === undefined) return settled
    if (this.afterPause === undefined) {
      let resolve = () => {}
      const promise = new Promise<void>((done) => {
        resolve = done
      })
      this.afterPause = { promise, resolve }
    }
    return this.afterPause.promise
  }

  stop(): void {
    this.isStopped = true
    this.endPause()
  }

  private readonly begin = (): void => {
    this.isScheduled = false
    this.work()
  }

  /** In the order of the plan, before anything else. Nodes that wait for side packets of others come back for it. */
  private openNodes(): void {
    if (this.hasOpened) return
    this.hasOpened = true
    for (const node of this.nodes) node.open()
  }

  /** One turn of one node, or whatever gets things going again. */
  private step(): boolean {
    if (this.isStopped) return false
    const node = this.due() ?? this.dueSource()
    node?.turn()
    return node !== undefined || this.getGoing()
  }

  private due(): NodeRun | undefined {
    for (; this.top >= 0; this.top--) {
      const node = this.nodes[this.top]!
      if (!node.isMarked) continue
      node.isMarked = false
      if (!node.layout.isSource || node.state === 'waiting') return node
    }
    return undefined
  }

  private dueSource(): NodeRun | undefined {
    let best: NodeRun | undefined
    for (const id of this.sources) {
      const node = this.nodes[id]!
      if (node.state !== 'open' || node.inFlight > 0 || this.isThrottled(node)) continue
      if (best === undefined || node.nextOutput < best.nextOutput) best = node
    }
    return best
  }

  /** Nothing is due: is it a deadlock, the next layer's turn, a loop that nothing feeds any more, or just time to wait? */
  private getGoing(): boolean {
    if (this.pending > this.blockedCalls()) return false
    if (this.host.relieveDeadlock(this.sources.some((id) => this.isHeldBack(this.nodes[id]!)))) return true
    if (this.pending > 0) return false
    if (this.startNextLayer() || this.closeFirst()) return true
    this.host.isIdle()
    return false
  }

  /** Calls that wait for room downstream, and for nothing else. */
  private blockedCalls(): number {
    if (this.host.throttle.full.size === 0) return 0
    let calls = 0
    for (const node of this.host.throttle.blocked()) calls += node.inFlight
    return calls
  }

  private startNextLayer(): boolean {
    if (this.layer + 1 >= this.layout.sourceLayers.length) return false
    if (this.sources.some((id) => this.nodes[id]!.state !== 'closed')) return false
    this.layer += 1
    return true
  }

  /**
   * Nothing can come any more, but a node is still open: it waits for a side packet that nobody sets, which is an error, or
   * for its own loop. The first such node closes, and with it the loop. (MediaPipe ends the graph here.)
   */
  private closeFirst(): boolean {
    if (!this.host.inputsAreClosed || this.sources.some((id) => this.nodes[id]!.state === 'open')) return false
    const waiting = this.nodes.find((node) => node.state === 'waiting')
    if (waiting) {
      waiting.failForWantOfSides()
      return true
    }
    const first = this.nodes.find((node) => node.state === 'open')
    first?.close()
    return first !== undefined
  }

  private get sources(): readonly number[] {
    return this.layout.sourceLayers[this.layer] ?? none
  }

  private isHeldBack(node: NodeRun): boolean {
    return node.state === 'open' && this.isThrottled(node)
  }

  private isThrottled(node: NodeRun): boolean {
    return node.outputs.some((stream) => this.host.throttle.isThrottled(stream.plan.id))
  }

  private rest(): void {
    this.pause = setImmediate(() => {
      this.endPause()
      this.work()
    })
  }

  private endPause(): void {
    if (this.pause !== undefined) clearImmediate(this.pause)
    this.pause = undefined
    this.afterPause?.resolve()
    this.afterPause = undefined
  }
}
