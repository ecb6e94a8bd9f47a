import { randomInt } from 'node:crypto'
import { EngineError } from '../../engine/index.ts'
import { observe } from '../distribution.ts'
import { checkGrammar, checkText, type GrammarSpec } from '../grammar/index.ts'
import type { Tenant } from '../host/index.ts'
import type { Metric } from '../metric.ts'
import type { Tokenizer } from '../tokenizer/index.ts'
import type { Adjustments } from './adjustments.ts'
import { Answer, Generation } from './answer.ts'
import { spellBadWords } from './bad-words.ts'
import { blockSize } from './blocks.ts'
import type { EngineStats, SequenceEvent } from './engine.ts'
import { Figures } from './figures.ts'
import type { ModelInfo, SequenceMessage } from './hosted.ts'
import type { Llm, SamplingParams, Steps } from './llm.ts'
import { metricsOf } from './metrics.ts'
import type { ModelFiles } from './model-files.ts'
import type { SequenceCommand } from './sequence.ts'
import type { Mark, ThinkingBudget } from './thinking.ts'

export type LlmHost = Tenant<SequenceCommand, SequenceEvent, SequenceMessage, ModelInfo, EngineStats>

export interface Limits {
  /** Prompt and answer together, in tokens. */
  readonly maxModelLength: number
  /** Answers in work and waiting, all requests together. */
  readonly maxAnswers: number
  /** Tokens of prompts that wait to be computed, beyond which no more requests are taken; absent: any number. */
  readonly maxQueuedTokens?: number | undefined
  /** Tokens of a prompt; absent: as many as there is room for. */
  readonly maxPromptLength?: number | undefined
  /** Answers to a prompt of which a request can have the best, or beams of its search; absent: 20, as with OVMS. */
  readonly bestOfLimit?: number | undefined
}

/** A language model whose host process may die and come back: requests do not see it. */
export class LanguageModel implements Llm {
  readonly name: string
  readonly maxModelLength: number
  readonly vocabularySize: number
  readonly fingerprint: string | undefined
  readonly defaults: Llm['defaults']
  readonly #host: LlmHost
  readonly #endTokens: readonly number[]
  readonly #maxNewTokens: number
  readonly #maxAnswers: number
  readonly #maxQueuedTokens: number
  readonly #maxPromptLength: number
  readonly #bestOfLimit: number
  readonly #cacheTokens: number
  readonly #tokenizer: Pick<Tokenizer, 'encode'>
  /** In work and waiting. */
  readonly #answers = new Set<Answer>()
  readonly #figures: Figures

  /** @param tokenizer spells `badWords` */
  constructor(
    name: string,
    host: LlmHost,
    files: ModelFiles & Pick<Llm, 'fingerprint'>,
    limits: Limits,
    tokenizer: Pick<Tokenizer, 'encode'>,
  ) {
    this.name = name
    this.maxModelLength = limits.maxModelLength
    this.vocabularySize = host.info.vocabularySize
    this.fingerprint = files.fingerprint
    this.defaults = files.defaults
    this.#host = host
    this.#endTokens = files.endTokens
    this.#maxNewTokens = files.maxNewTokens ?? limits.maxModelLength
    this.#maxAnswers = limits.maxAnswers
    this.#maxQueuedTokens = limits.maxQueuedTokens ?? Number.POSITIVE_INFINITY
    this.#figures = new Figures(limits.maxModelLength)
    this.#maxPromptLength = limits.maxPromptLength ?? Number.POSITIVE_INFINITY
    this.#bestOfLimit = limits.bestOfLimit ?? 20
    this.#cacheTokens = host.info.cacheTokens
    this.#tokenizer = tokenizer
  }

  checkLength(tokens: number, params: SamplingParams, isLeast = false): void {
    this.#maxLength(tokens, params, isLeast)
  }

  checkText(grammar: GrammarSpec, text: string): void {
    checkText(grammar, text)
  }

  /** What its answers have taken and given, and where its host stands. */
  get metrics(): readonly Metric[] {
    const { stats } = this.#host
    return metricsOf({ figures: this.#figures, stats, answers: this.#answers.size, cacheTokens: this.#cacheTokens })
  }

  async *generate(prompts: readonly (readonly number[])[], params: SamplingParams, signal: AbortSignal): AsyncGenerator<Steps> {
    const commands = await this.#commands(prompts, params)
    if (signal.aborted) throw cancelled()
    const generation = this.#begin(commands, params)
    const abort = () => {
      if (!generation.isOver) generation.fail(cancelled())
      generation.end()
    }
    signal.addEventListener('abort', abort)
    try {
      for (let news = await generation.next(); news.length > 0; news = await generation.next()) {
        for (const steps of news) yield steps
      }
    } finally {
      signal.removeEventListener('abort', abort)
      generation.end()
    }
  }

  /** What each answer needs to start, once all of them are known to fit. */
  async #commands(prompts: readonly (readonly number[])[], params: SamplingParams): Promise<readonly SequenceCommand[]> {
    const { temperature, topK, topP, minP, typicalP, promptLogprobs, stopTokens = [] } = params
    this.#checkBestOf(params)
    if (params.grammar !== undefined) checkGrammar(params.grammar, params.grammarField ?? 'response_format')
    if (promptLogprobs !== undefined) this.#checkAllLogits()
    const logprobs = params.logprobs ?? (params.bestOf === undefined ? undefined : 0)
    const answers = params.bestOf ?? params.n
    const beamSearch = params.beamSearch && { ...params.beamSearch, answers }
    const seed = params.seed ?? randomInt(2 ** 47)
    const eosTokens = params.ignoreEos && params.grammar === undefined ? [] : this.#endTokens
    // Those of a search would count in the lengths of its answers, so they are told only where they are shown.
    const tellsStop = params.includeStopInOutput || beamSearch === undefined
    const endTokens = tellsStop ? eosTokens : [...eosTokens, ...stopTokens]
    const lastTokens = tellsStop && stopTokens.length > 0 ? stopTokens : undefined
    const badWords = params.badWords?.length ? await spellBadWords(params.badWords, this.#tokenizer) : undefined
    const thinking = params.thinking && (await spellThinking(params.thinking, this.#tokenizer))
    const adjustments = adjustmentsOf(params, { badWords, thinking })
    return prompts.flatMap((prompt, index) => {
      this.#checkPrompt(prompt, params)
      const maxLength = this.#maxLength(prompt.length, params, false)
      return Array.from({ length: beamSearch ? 1 : answers }, (_, answer): SequenceCommand => {
        const sampling = { temperature, topK, topP, minP, typicalP, seed, choice: index * answers + answer }
        const { priority, cacheSalt, grammar, grammarField, guessing } = params
        const { logprobTokens, repetition } = params
        const asked = { adjustments, logprobs, logprobTokens, promptLogprobs, repetition, lastTokens, beamSearch }
        return {
          prompt,
          emitted: [],
          sampling,
          maxLength,
          endTokens,
          priority,
          cacheSalt,
          grammar,
          grammarField,
          guessing,
          ...asked,
        }
      })
    })
  }

  #begin(commands: readonly SequenceCommand[], params: SamplingParams): Generation {
    this.#admit(commands.length * (params.beamSearch?.beams ?? 1), params)
    const figures = this.#figures
    observe(figures.n, params.n)
    let longest = 0
    let left = commands.length
    const generation = new Generation((answer) => {
      this.#answers.delete(answer)
      longest = Math.max(longest, answer.tokens)
      if (--left === 0) observe(figures.longestAnswer, longest)
    })
    const hidesStop = !params.includeStopInOutput
    const answers = commands.map((command) => new Answer(command.sampling.choice, command, generation, figures, hidesStop))
    for (const answer of answers) {
      this.#answers.add(answer)
      generation.join(answer)
    }
    try {
      for (const answer of answers) answer.begin((job) => this.#host.submit(job))
      return generation
    } catch (error) {
      generation.end()
      throw error
    }
  }

  #checkBestOf({ bestOf, beamSearch, grammar, grammarField = 'response_format' }: SamplingParams): void {
    const asked = bestOf ?? beamSearch?.beams ?? 1
    if (asked > this.#bestOfLimit) {
      const message = `best_of must be at most ${this.#bestOfLimit} (best_of_limit of the model ${this.name}); got ${asked}.`
      throw new EngineError('invalid_value', message, { param: 'best_of' })
    }
    if (beamSearch === undefined) return
    const { rows } = this.#host.info
    if (asked > rows) {
      const message = `best_of must be at most ${rows} in a beam search, as its beams are decoded together (max_num_seqs); got ${asked}.`
      throw new EngineError('invalid_value', message, { param: 'best_of' })
    }
    if (grammar === undefined) return
    const message = `A beam search cannot be held to a grammar. Leave best_of out, or ${grammarField}.`
    throw new EngineError('unsupported_parameter', message, { param: grammarField })
  }

  /**
   * Whether there is room for so many answers and beams. Of the tokens that wait, prompts in work count until they are computed,
   * whole, as in vLLM: so one more request is taken whatever its length while there are fewer than the limit.
   */
  #admit(count: number, { n, bestOf, beamSearch, promptField }: SamplingParams): void {
    if (count > this.#maxAnswers) {
      const field = bestOf || beamSearch ? 'best_of' : 'n'
      const message = `The request asks for ${count} answers${beamSearch ? ' and beams' : ''}; this model takes ${this.#maxAnswers} at once.`
      const param = n > 1 || field === 'best_of' ? field : promptField
      throw new EngineError('invalid_value', `${message} Lower ${field}, or send fewer prompts.`, { param })
    }
    let taken = 0
    let waiting = 0
    for (const { width, queuedTokens } of this.#answers) {
      taken += width
      waiting += queuedTokens
    }
    if (taken + count > this.#maxAnswers) {
      this.#figures.rejected.max_num_queued_seqs++
      throw overloaded(`The model ${this.name} has ${taken} answers in work and waiting, and takes ${this.#maxAnswers}.`)
    }
    if (waiting >= this.#maxQueuedTokens) {
      this.#figures.rejected.max_num_queued_tokens++
      throw overloaded(`For the model ${this.name}, prompts of ${waiting} tokens wait, and ${this.#maxQueuedTokens} may.`)
    }
  }

  #checkAllLogits(): void {
    if (this.#host.info.givesAllLogits) return
    const message = `The model ${this.name} gives no logits for a prompt's tokens. Ask for no logprobs of the prompt.`
    throw new EngineError('unsupported_parameter', message, { param: 'prompt_logprobs' })
  }

  #checkPrompt(prompt: readonly number[], { promptField: param }: SamplingParams): void {
    if (prompt.length === 0) throw new EngineError('invalid_value', 'The prompt has no tokens. Send at least one.', { param })
    const unknown = prompt.find((token) => !Number.isInteger(token) || token < 0 || token >= this.vocabularySize)
    if (unknown === undefined) return
    const message = `The prompt has token ${unknown}; this model's tokens are 0 to ${this.vocabularySize - 1}.`
    throw new EngineError('invalid_value', message, { param })
  }

  /** OpenAI's words, which clients look for. */
  #maxLength(promptLength: number, params: SamplingParams, isLeast: boolean): number {
    const { maxTokens, usualTokens, beamSearch, promptField: param } = params
    const beams = beamSearch?.beams ?? 1
    const count = isLeast ? `at least ${promptLength}` : promptLength
    const longest = Math.min(this.maxModelLength, Math.floor(this.#cacheTokens / blockSize / beams) * blockSize)
    const room = `, which is what its cache_size has room for${beams > 1 ? ` with ${beams} beams` : ''}`
    const cause = longest < this.maxModelLength ? room : ''
    const limit = `This model's maximum context length is ${longest} tokens${cause}.`
    const remedy = `However, your ${param} resulted in ${count} tokens. Please reduce the length of the ${param}.`
    if (promptLength > this.#maxPromptLength) {
      const rule = `This model takes no more than ${this.#maxPromptLength} tokens (max_num_batched_tokens, without dynamic_split_fuse).`
      throw new EngineError('context_length_exceeded', `${rule} ${remedy}`, { param })
    }
    if (promptLength >= longest) {
      throw new EngineError('context_length_exceeded', `${limit} ${remedy}`, { param })
    }
    if (maxTokens === undefined) return Math.min(promptLength + (usualTokens ?? this.#maxNewTokens), longest)
    const asked = promptLength + maxTokens
    if (asked <= longest) return asked
    const split = `(${count} in the ${param}, ${maxTokens} in the completion)`
    const message = `${limit} However, you requested ${asked} tokens ${split}. Please reduce the length of the ${param} or completion.`
    throw new EngineError('context_length_exceeded', message, { param })
  }
}

/** Undefined when the logits stay as the model gives them: then nothing is spent on them. */
function adjustmentsOf(params: SamplingParams, spelled: Pick<Adjustments, 'badWords' | 'thinking'>): Adjustments | undefined {
  const {
    repetitionPenalty = 1,
    presencePenalty = 0,
    frequencyPenalty = 0,
    logitBias = [],
    allowedTokens,
    minTokens = 0,
    noRepeatNgram = 0,
  } = params
  const { badWords, thinking } = spelled
  const adjustments: Adjustments = {
    ...(logitBias.length > 0 && { logitBias }),
    ...(repetitionPenalty !== 1 && { repetitionPenalty }),
    ...(presencePenalty !== 0 && { presencePenalty }),
    ...(frequencyPenalty !== 0 && { frequencyPenalty }),
    ...(noRepeatNgram > 0 && { noRepeatNgram }),
    ...(thinking && { thinking }),
    ...(badWords && { badWords }),
    ...(minTokens > 0 && { minTokens }),
    ...(allowedTokens && { allowedTokens }),
  }
  return Object.keys(adjustments).length > 0 ? adjustments : undefined
}

/** The texts around reasoning as tokens. */
async function spellThinking(
  { tokens, begins, ends }: NonNullable<SamplingParams['thinking']>,
  tokenizer: Pick<Tokenizer, 'encode'>,
): Promise<ThinkingBudget> {
  const spell = (texts: readonly string[]): Promise<Mark[]> =>
    Promise.all(
      texts.map(async (text) => ({
        text: Buffer.from(text).toString('latin1'),
        tokens: await tokenizer.encode(text, { addSpecialTokens: false }),
      })),
    )
  return { tokens, begins: await spell(begins), ends: await spell(ends) }
}

function overloaded(why: string): EngineError {
  return new EngineError('overloaded', `${why} Try again later.`, { retryAfter: 1 })
}

function cancelled(): EngineError {
  return new EngineError('cancelled', 'The request was cancelled.')
}
