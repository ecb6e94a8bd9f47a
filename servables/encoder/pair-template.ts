import { EngineError } from '../../engine/index.ts'
import { loadChatTemplate } from '../template/index.ts'
import type { PairTemplate } from '../tokenizer/index.ts'

/** A family of rerankers that were made of a language model. */
interface Family {
  readonly template: PairTemplate
  /** The tokens by which it says yes and no, where it still is a language model. */
  readonly yes: string
  readonly no: string
}

/** Families whose template does not come with the model, by `model_type`. Source: the model card of Qwen3-Reranker. */
const families: Readonly<Record<string, Family>> = {
  qwen3: {
    template: {
      before: (query, instruction = 'Given a web search query, retrieve relevant passages that answer the query') =>
        '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. ' +
        'Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n' +
        `<Instruct>: ${instruction}\n<Query>: ${query}\n<Document>: `,
      after: '<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
    },
    yes: 'yes',
    no: 'no',
  },
}

/** What is known of rerankers of this `model_type`; undefined: nothing. */
export const familyOf = (modelType: string): Family | undefined =>
  Object.hasOwn(families, modelType) ? families[modelType] : undefined

/** Stand for a request's texts when a template is tried; no tokenizer file or template has such characters. */
const marks = { query: '\uE000query\uE000', document: '\uE000document\uE000', instruction: '\uE000instruction\uE000' }

/**
 * The form of pairs that a model's own chat template gives, if it is one for pairs: messages of the roles `query` and `document`,
 * and `system` for an instruction. Source: sentence-transformers' CrossEncoder, vLLM's score templates.
 *
 * @returns undefined when there is no template, or one for other roles
 * @throws EngineError `bad_model` when a file is there and broken
 */
export async function readPairTemplate(directory: string): Promise<PairTemplate | undefined> {
  const template = await loadChatTemplate(directory)
  const render = async (messages: readonly { readonly role: string; readonly content: string }[]) => {
    const conversation = { messages, tools: undefined, addGenerationPrompt: true, variables: {} }
    const text = await template.render(conversation).catch((error: unknown) => {
      if (error instanceof EngineError && error.code === 'invalid_value') return ''
      throw error
    })
    const [before = '', after, ...more] = text.split(marks.document)
    return after === undefined || more.length > 0 || !before.includes(marks.query) ? undefined : { before, after }
  }
  const pair = [
    { role: 'query', content: marks.query },
    { role: 'document', content: marks.document },
  ]
  try {
    const plain = await render(pair)
    if (!plain) return undefined
    const guided = await render([{ role: 'system', content: marks.instruction }, ...pair])
    return {
      before(query, instruction) {
        const text = instruction === undefined ? plain.before : (guided ?? plain).before
        return text.replace(marks.instruction, () => instruction ?? '').replace(marks.query, () => query)
      },
      after: plain.after,
    }
  } finally {
    await template.dispose()
  }
}
