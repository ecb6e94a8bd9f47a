import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** The young generation's size doubles as more of it survives; so it has its greatest size at once: fewer, shorter collections. */
const YOUNG_GROWTH = 16
/** Percent by which the old generation may outgrow what was alive in it, before it is collected. V8 would let it double and more. */
const OLD_GROWTH = 60
/** In milliseconds: how often it is looked whether the process is at rest. */
const INTERVAL = 1000
/** A share of one core, over an interval: below it a process is at rest. */
const WORKING = 0.02
/** In bytes: a heap that has grown by less is left alone. */
const LEAST_GROWTH = 2 ** 21

/**
 * Keeps the process near its size. V8 alone lets garbage of loading, and of the first thousands of requests, stay until the first
 * full collection, and its pages beyond that, so the process seems to leak.
 */
export class SettledHeap {
  readonly #collect: () => void
  /** In bytes, when it was settled. */
  #size = Number.POSITIVE_INFINITY
  /** Processor time when it was last looked, in milliseconds. */
  #used = 0

  constructor(interval = INTERVAL) {
    setFlagsFromString(`--semi-space-growth-factor=${YOUNG_GROWTH}`)
    setFlagsFromString(`--heap-growing-percent=${OLD_GROWTH}`)
    setFlagsFromString('--expose-gc')
    this.#collect = runInNewContext('gc')
    setFlagsFromString('--no-expose-gc')
    setInterval(() => this.#look(interval), interval).unref()
  }

  /**
   * Collects garbage and gives back pages that are used in part. Takes some 20 to 50 ms. To be called once everything is loaded;
   * from then on it happens by itself, when the heap has grown and the process is at rest.
   */
  settle(): void {
    setFlagsFromString('--compact-on-every-full-gc')
    this.#collect()
    setFlagsFromString('--no-compact-on-every-full-gc')
    this.#size = getHeapStatistics().total_heap_size
  }

  #look(interval: number): void {
    const { user, system } = process.cpuUsage()
    const before = this.#used
    this.#used = (user + system) / 1000
    const isResting = this.#used - before < WORKING * interval
    if (isResting && getHeapStatistics().total_heap_size > this.#size + LEAST_GROWTH) this.settle()
  }
}
