import { AggregatorRegistry, type Registry } from 'prom-client'
import type { Distribution, Metric } from '../../servables/index.ts'

type Labels = Readonly<Record<string, string | number>>
interface Value {
  readonly metricName: string
  readonly labels: Labels
  readonly value: number
}

/** What loaded models tell of themselves now, under the label `model_name`. */
export function modelRegistry(models: ReadonlyMap<string, readonly Metric[]>): Registry {
  const families = Array.from(models, ([model, metrics]) =>
    metrics.map((metric) => ({
      name: metric.name,
      help: metric.help,
      type: metric.type,
      // Of two servables of one model.
      aggregator: 'sum',
      values: valuesOf(metric, model),
    })),
  )
  return AggregatorRegistry.aggregate(families)
}

function valuesOf(metric: Metric, model_name: string): readonly Value[] {
  const { name } = metric
  if (metric.type === 'histogram') {
    return metric.samples.flatMap(({ labels, value }) => histogram(name, { model_name, ...labels }, value))
  }
  return metric.samples.map(({ labels, value }) => ({ metricName: name, labels: { model_name, ...labels }, value }))
}

/** Buckets hold all values up to their bound. */
function histogram(name: string, labels: Labels, { bounds, counts, sum }: Distribution): readonly Value[] {
  let below = 0
  const buckets = counts.map((count, index) => {
    below += count
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? '+Inf' }, value: below }
  })
  return [...buckets, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: below }]
}
