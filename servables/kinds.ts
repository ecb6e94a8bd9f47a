import { embeddings, rerank } from './encoder/index.ts'
import { textGeneration } from './llm/index.ts'
import type { ServableKind } from './servable.ts'

/** Every kind of servable, by OVMS's task name. In the order in which a directory without a `graph.yaml` is tried. */
export const kinds: Readonly<Record<string, ServableKind>> = {
  embeddings,
  rerank,
  text_generation: textGeneration,
}
