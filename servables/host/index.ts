export type { HostOptions, Job, JobHandle } from './host.ts'
export { Host } from './host.ts'
export type { Channel, Hosted, HostedKind } from './hosted-kind.ts'
export { hostMetricNames, metricsOfHost } from './metrics.ts'
