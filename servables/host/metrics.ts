import type { Metric } from '../metric.ts'

const restarts = 'ovms_ts_host_restarts_total'
const up = 'ovms_ts_host_up'

/** The names of the metrics of hosts. */
export const hostMetricNames: readonly string[] = [restarts, up]

/** What a host tells of itself, whatever its kind. */
export function metricsOfHost(host: { readonly restarts: number; readonly healthy: boolean }): readonly Metric[] {
  const help = "Times that the model's process died and was started again."
  return [
    { name: restarts, help, type: 'counter', samples: [{ value: host.restarts }] },
    { name: up, help: 'Whether its process works: 1 or 0.', type: 'gauge', samples: [{ value: host.healthy ? 1 : 0 }] },
  ]
}
