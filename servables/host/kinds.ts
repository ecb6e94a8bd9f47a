import type { HostedKind } from './hosted-kind.ts'

/** Every kind that host processes can run, by OVMS's task name. Each module exports its side as `hosted`. */
export type Kinds = Readonly<
  Record<string, () => Promise<{ readonly hosted: HostedKind<unknown, unknown, unknown, unknown, unknown> }>>
>

export const kinds: Kinds = {
  embeddings: () => import('../encoder/hosted.ts'),
  rerank: () => import('../encoder/hosted.ts'),
  text_generation: () => import('../llm/hosted.ts'),
}
