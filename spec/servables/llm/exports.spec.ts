import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ModelInit } from '../../../servables/llm/architecture.ts'
import { LlmEngine } from '../../../servables/llm/engine.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { openRewritten, openRunner, openSession } from '../../../servables/llm/open-runner.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import type { Runner } from '../../../servables/llm/runner.ts'
import { command } from './tiny-models.ts'

interface Family {
  /** Directories behind the family's name; of `web/…` the file in `onnx/`. */
  readonly exports: readonly string[]
  readonly generations: readonly {
    readonly prompt: readonly number[]
    readonly tokens: readonly number[]
    readonly finish_reason: 'stop' | 'length'
  }[]
}

const fixtures = join(import.meta.dirname, '../../fixtures/exports')
const { made_by: _, ...families }: Record<string, Family> = JSON.parse(readFileSync(join(fixtures, 'golden.json'), 'utf8'))

type Prompt = readonly number[]
/** Without the end token that transformers has behind an answer that ended early. */
type Answer = readonly [tokens: readonly number[], finish: string]

const goldenOf = ({ generations }: Family): readonly (readonly [prompt: Prompt, answer: Answer])[] =>
  generations.map(({ prompt, tokens, finish_reason: finish }) => [
    prompt,
    [finish === 'stop' ? tokens.slice(0, -1) : tokens, finish],
  ])

/** An export in this process; what it has found of its prompts. */
class Export {
  readonly found = new Map<number, number>()
  readonly #engine: LlmEngine
  readonly #endTokens: readonly number[]
  readonly #answers = new Map<number, [number[], string]>()
  #asked = 0

  constructor(runner: Runner, init: ModelInit, endTokens: readonly number[]) {
    this.#endTokens = endTokens
    this.#engine = new LlmEngine(runner, init, {
      started: () => {},
      emit: (events) => {
        for (const [id, event] of events) {
          const answer = this.#answers.get(id)!
          if ('foundTokens' in event) this.found.set(id, event.foundTokens)
          if (!(0 in event)) continue
          if (event[0] >= 0) answer[0].push(event[0])
          answer[1] = event[1] ?? answer[1]
        }
      },
      fail: (_, error) => {
        throw error
      },
    })
  }

  /** All in one batch. */
  async together(prompts: readonly Prompt[]): Promise<readonly Answer[]> {
    const ids = prompts.map((prompt) => {
      const id = this.#asked++
      this.#answers.set(id, [[], ''])
      this.#engine.add(id, { ...command(prompt, 16), endTokens: this.#endTokens })
      return id
    })
    await this.#engine.idle()
    return ids.map((id) => this.#answers.get(id)!)
  }

  /** One after the other. */
  async alone(prompts: readonly Prompt[]): Promise<readonly Answer[]> {
    const answers: Answer[] = []
    for (const prompt of prompts) answers.push(...(await this.together([prompt])))
    return answers
  }
}

/** Opens a copy of an export: as a host process would, which rewrites it, or as it is. What the log says comes along. */
const withExport = async (
  name: string,
  options: object,
  work: (model: Export, said: readonly string[]) => Promise<void>,
  asItIs = false,
): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'export-'))
  try {
    const [folder = '', file] = name.split('/')
    await cp(join(fixtures, folder), directory, { recursive: true })
    const parsed = TextGenerationOptions.parse({ max_num_seqs: 8, model_file: file && `onnx/${file}.onnx`, ...options })
    const files = await readModelFiles(directory, parsed.model_file)
    const asked = modelInit(files, parsed)
    const said: string[] = []
    const { session, init } = asItIs
      ? { session: await openSession(asked.file), init: asked }
      : await openRewritten(asked, { log: (_, message) => said.push(message), progress: () => {} })
    const runner = await openRunner(session, init, () => {})
    await work(new Export(runner, init, files.endTokens), said)
    await session.dispose()
    runner.dispose()
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** The builder leaves their window out: the file alone goes astray in long texts, and is put right when it is loaded. */
const lackWindow = new Set(['mistral-fp32', 'mistral-fp16', 'phi3-fp32'])
for (const [family, described] of Object.entries(families)) {
  // Phi-4's last prompt is longer than the original length of its LongRoPE.
  const golden = goldenOf(described).slice(0, 4)
  const [prompts, answers] = [golden.map(([prompt]) => prompt), golden.map(([, answer]) => answer)]
  for (const name of described.exports.map((each) => `${family}-${each}`)) {
    test(`${name}: as it is, the file gives transformers' greedy answers`, () =>
      withExport(
        name,
        { enable_prefix_caching: false },
        async (model) => {
          const [short, ...long] = await model.alone(prompts)
          assert.equal(short, answers[0])
          if (lackWindow.has(name)) assert.not.equal(long, answers.slice(1))
          else assert.equal(long, answers.slice(1))
        },
        true,
      ))

    test(`${name}: rewritten, in one batch, in chunks, and after prefix hits too`, () =>
      withExport(name, { max_num_batched_tokens: 65 }, async (model, said) => {
        assert.match(said[0]!, lackWindow.has(name) ? 'rewritten (sliding_window, last_logits)' : 'rewritten (last_logits)')
        assert.equal(await model.together(prompts), answers, 'together')
        assert.equal(await model.alone(prompts), answers, 'again')
        const found = prompts.map((_, index) => model.found.get(prompts.length + index) ?? 0)
        assert.equal(found, name.endsWith('-optimum') ? [0, 0, 0, 0] : [0, 0, 64, 128])
      }))

    test(`${name}: with weights of 8 bits, too`, () =>
      withExport(name, { precision: 'int8' }, async (model, said) => {
        assert.match(said[0]!, 'last_logits, per_token_int8)')
        assert.equal(await model.together(prompts), answers)
      }))
  }
}

test('a cache may be shorter than the sliding window', () =>
  withExport('gemma3-fp32', { max_model_len: 19 }, async (model) => {
    const [prompt, answer] = goldenOf(families.gemma3!)[0]!
    assert.equal(await model.alone([prompt]), [answer])
  }))

test('LongRoPE: texts beyond the original length are rotated for long ones throughout', async () => {
  const golden = goldenOf(families.phi4!)
  const [prompt, answer] = golden.at(-1)!
  assert.is(prompt.length, 200)
  for (const name of ['phi4-fp32', 'phi4-int4']) {
    await withExport(name, { max_model_len: 256 }, async (model, said) => {
      assert.match(said.join(), 'long_rotation')
      assert.equal(await model.alone([prompt]), [answer])
      const short = golden[0]!
      const company = await model.together([short[0], prompt])
      assert.equal(company, [...(await model.alone([short[0]])), answer])
    })
  }
  await withExport('phi4-optimum', { max_model_len: 256 }, async (_, said) =>
    assert.match(said.join(), 'long_rotation could not'),
  )
})

test.run()
