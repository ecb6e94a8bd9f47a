import type { HostedKind } from './hosted-kind.ts'

/** Every kind that host processes can run, by OVMS's task name. Each module exports its side as `hosted`. */
// biome-ignore lint/suspicious/noExplicitAny: the types of a kind meet only at its own two ends
export type Kinds = Readonly<Record<string, () => Promise<{ readonly hosted: HostedKind<any, any, any, any, any> }>>>

export const kinds: Kinds = {
  text_generation: () => import('../llm/hosted.ts'),
}
