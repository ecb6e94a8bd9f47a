export { Metrics, metricFault } from './metrics.ts'
