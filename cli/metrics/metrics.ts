import { collectDefaultMetrics, Registry } from 'prom-client'
import type { HttpBody } from '../../calculators/index.ts'
import { didYouMean } from '../../engine/index.ts'
import { kinds, type Metric } from '../../servables/index.ts'
import { modelRegistry } from './models.ts'
import { RequestMetrics } from './requests.ts'

/** What `GET /metrics` tells: of requests, of this process, and of all loaded models. */
export class Metrics {
  readonly requests: RequestMetrics
  readonly #registry = new Registry()
  readonly #models: () => ReadonlyMap<string, readonly Metric[]>
  readonly #only: ReadonlySet<string> | undefined

  /**
   * @param models what models tell now, by their names
   * @param only the names of the metrics that are wanted; all, if absent
   */
  constructor(models: () => ReadonlyMap<string, readonly Metric[]>, only?: readonly string[]) {
    this.#models = models
    this.#only = only && new Set(only)
    this.requests = new RequestMetrics(this.#registry)
    collectDefaultMetrics({ register: this.#registry })
  }

  /** All metrics in Prometheus's text format. */
  async scrape(): Promise<HttpBody> {
    const all = Registry.merge([this.#registry, modelRegistry(this.#models())])
    for (const { name } of all.getMetricsAsArray()) if (this.#only?.has(name) === false) all.removeSingleMetric(name)
    return { contentType: all.contentType, data: await all.metrics() }
  }
}

/** The names of all metrics that there may be, but for those of the process itself. */
function metricNames(): readonly string[] {
  const registry = new Registry()
  new RequestMetrics(registry)
  const own = registry.getMetricsAsArray().map(({ name }) => name)
  return [...own, ...Object.values(kinds).flatMap(({ metrics = [] }) => metrics)]
}

/** What is wrong with a name in a list of metrics; undefined: nothing. */
export function metricFault(name: string): string | undefined {
  if (/^(process|nodejs)_/.test(name)) return undefined
  const names = metricNames()
  return names.includes(name) ? undefined : `there is no metric ${name}${didYouMean(name, names)}`
}
