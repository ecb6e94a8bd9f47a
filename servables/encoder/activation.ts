import { z } from 'zod'
import type { Activation } from './encoder.ts'

/** The fields of `config.json` that say what a classifier's logits become. */
export const activationFields = {
  problem_type: z.string().nullish(),
  /** sentence-transformers' until its version 4. */
  sbert_ce_default_activation_function: z.string().nullish(),
  sentence_transformers: z.looseObject({ activation_fn: z.string().nullish() }).nullish(),
}

const modules: Readonly<Record<string, Activation>> = { Identity: 'identity', Sigmoid: 'sigmoid', Softmax: 'softmax' }
const problems: Readonly<Record<string, Activation>> = {
  regression: 'identity',
  single_label_classification: 'softmax',
  multi_label_classification: 'sigmoid',
}

type Config = z.infer<z.ZodObject<typeof activationFields>> & {
  readonly id2label?: Readonly<Record<string, string>> | null | undefined
}

/**
 * What a classifier's config.json says of its logits; undefined: nothing. sentence-transformers writes Identity into that of every
 * model with several labels, so of those it says nothing. Sources: sentence-transformers' CrossEncoder; transformers'
 * TextClassificationPipeline; vLLM's poolers.
 */
export function activationOf(config: Config): Activation | undefined {
  const asked = config.sentence_transformers?.activation_fn ?? config.sbert_ce_default_activation_function
  const named = modules[asked?.split('.').at(-1) ?? '']
  const hasSeveral = Object.keys(config.id2label ?? {}).length > 1
  if (named && !(named === 'identity' && hasSeveral)) return named
  return problems[config.problem_type ?? '']
}
