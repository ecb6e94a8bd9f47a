import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Run } from '../../engine/index.ts'
import type { RequestFacts } from '../http/index.ts'

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
/** Of a request that its graph could not take. */
const rejections = new Set<RequestFacts['code']>(['overloaded', 'model_not_ready'])

/** OVMS's buckets, in microseconds. */
const graphTimes = Array.from({ length: 33 }, (_, power) => Math.floor(10 * 1.8 ** power))
const fine = [0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 7.5, 10, 30, 60]

/**
 * Metrics of requests, by the names of prometheus-fastapi-instrumentator, which vLLM has too, and of OVMS's graphs. Labels are
 * handlers, usual methods, classes of status and configured models, so a client can make no new series.
 */
export class RequestMetrics {
  readonly #requests
  readonly #duration
  readonly #fineDuration
  readonly #running
  readonly #accepted
  readonly #rejected
  readonly #failed
  readonly #graphTime

  constructor(registry: Registry) {
    const registers = [registry]
    const graph = ['api', 'interface', 'method', 'name'] as const
    this.#requests = new Counter({
      name: 'http_requests_total',
      help: 'Requests that are answered.',
      labelNames: ['handler', 'method', 'status'],
      registers,
    })
    this.#duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the head of a request to the last byte of its answer.',
      labelNames: ['handler', 'method'],
      buckets: [0.1, 0.5, 1, 5, 30],
      registers,
    })
    this.#fineDuration = new Histogram({
      name: 'http_request_duration_highr_seconds',
      help: 'The same of all requests, in finer steps.',
      buckets: fine,
      registers,
    })
    this.#running = new Gauge({
      name: 'ovms_current_graphs',
      help: 'Requests that a graph is answering.',
      labelNames: ['name'],
      registers,
    })
    this.#accepted = new Counter({ name: 'ovms_requests_accepted', help: 'Taken by a graph.', labelNames: graph, registers })
    this.#rejected = new Counter({ name: 'ovms_requests_rejected', help: 'Not taken for now.', labelNames: graph, registers })
    this.#failed = new Counter({
      name: 'ovms_graph_error',
      help: 'Taken, and ended with an error.',
      labelNames: graph,
      registers,
    })
    this.#graphTime = new Histogram({
      name: 'ovms_graph_processing_time_us',
      help: 'From the head of a request to the last byte of its answer, in microseconds.',
      labelNames: ['name', 'method'],
      buckets: graphTimes,
      registers,
    })
  }

  /** A graph begins to answer for a model. */
  started(run: Run, name: string): void {
    this.#running.inc({ name })
    const over = () => this.#running.dec({ name })
    run.done.then(over, over)
  }

  answered({ handler = 'none', method, status, seconds, model, isStream, code }: RequestFacts): void {
    const usual = methods.has(method) ? method : 'other'
    this.#requests.inc({ handler, method: usual, status: `${Math.floor(status / 100)}xx` })
    this.#duration.observe({ handler, method: usual }, seconds)
    this.#fineDuration.observe(seconds)
    if (model !== undefined) this.#graphAnswered(model, isStream ? 'Stream' : 'Unary', seconds, code)
  }

  #graphAnswered(name: string, method: 'Unary' | 'Stream', seconds: number, code: RequestFacts['code']): void {
    const labels = { api: 'V3', interface: 'REST', method, name }
    const wasTaken = !rejections.has(code)
    const counter = wasTaken ? this.#accepted : this.#rejected
    counter.inc(labels)
    if (wasTaken && code !== undefined) this.#failed.inc(labels)
    if (wasTaken) this.#graphTime.observe({ name, method }, seconds * 1e6)
  }
}
