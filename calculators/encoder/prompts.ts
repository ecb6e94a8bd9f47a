import { EngineError } from '../../engine/index.ts'
import type { Encoder } from '../../servables/index.ts'

/** What stands before texts, and which of the model's adapters they are for. */
export interface TextUse {
  readonly prompt: string
  readonly task: number | undefined
  /** With what they are filled up, if they are. */
  readonly filling: Encoder['queryFilling']
}

/** How requests name what texts are for; absent: nothing is said. */
export interface AskedUse {
  /** One of the model's prompts or tasks, as sentence-transformers and Jina name them. */
  readonly name?: string | undefined
  /** The request's field that has the name. */
  readonly field?: string
  /** What for, in the words of Cohere, Voyage or NVIDIA; models that make no difference do without. */
  readonly inputType?: string | undefined
}

/** The names under which models have prompts or tasks, by the uses that requests name. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  search_query: ['query', 'search_query', 'retrieval.query'],
  search_document: ['document', 'passage', 'search_document', 'retrieval.passage'],
  classification: ['classification'],
  clustering: ['clustering', 'separation'],
}
const aliases: Readonly<Record<string, string>> = {
  query: 'search_query',
  document: 'search_document',
  passage: 'search_document',
}

/**
 * What the model wants before texts for a use, and its adapter for it. Where the request says nothing, the model's default holds.
 *
 * @throws EngineError `invalid_value` for a name that the model does not have; it names those that it has
 */
export function useOf({ name, field = 'prompt_name', inputType }: AskedUse, encoder: Encoder): TextUse {
  const { prompts, tasks, defaultPrompt } = encoder
  const has = (name: string) => Object.hasOwn(prompts, name) || tasks.includes(name)
  if (name !== undefined && !has(name)) {
    const known = [...new Set([...Object.keys(prompts), ...tasks])].join(', ') || 'none'
    const message = `${field} must be one of this model's prompts: ${known}; got ${JSON.stringify(name.slice(0, 60))}.`
    throw new EngineError('invalid_value', message, { param: field })
  }
  const use = inputType === undefined ? undefined : (aliases[inputType] ?? inputType)
  // sentence-transformers gives every model a `query` and a `document`, empty where they mean nothing.
  const matters = (name: string) => has(name) && (prompts[name] !== '' || tasks.includes(name))
  const found = name ?? (use === undefined ? defaultPrompt : spellings[use]?.find(matters))
  if (found === undefined) return { prompt: '', task: undefined, filling: undefined }
  const task = tasks.indexOf(found)
  const filling = found === 'query' ? encoder.queryFilling : undefined
  return { prompt: Object.hasOwn(prompts, found) ? prompts[found]! : '', task: task < 0 ? undefined : task, filling }
}

/** Values of OpenAI-like `input_type` fields: Cohere's, and Voyage's and NVIDIA's. */
export const inputTypes = [...Object.keys(spellings), ...Object.keys(aliases)]
