export type { HostOptions } from './host.ts'
export { Host } from './host.ts'
export type { Channel, Hosted, HostedKind } from './hosted-kind.ts'
export type { Job, JobHandle, Tenant, TenantOptions } from './tenant.ts'
