import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Host } from '../../../servables/host/index.ts'
import { kinds, type Llm, type ModelDefinition, Repository } from '../../../servables/index.ts'
import { LanguageModel, type LlmHost } from '../../../servables/llm/client.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import { loadTokenizer } from '../../../servables/tokenizer/index.ts'
import { samplingParams } from '../../support/fakes.ts'
import { eachStep } from '../../support/steps.ts'
import { directoryOf, promptOf } from './tiny-models.ts'

const models = ['tiny-llama', 'tiny-qwen2'] as const
const seeds = [0, 1, 2, 3]
const patient = () => new AbortController().signal
const sampled = (seed: number) => samplingParams({ temperature: 1, seed, maxTokens: 120, ignoreEos: true })

/** The tokens of an answer. */
const answer = async (llm: Llm, seed: number, received = (_: number) => {}): Promise<number[]> => {
  const tokens: number[] = []
  for await (const { token } of eachStep(llm.generate([promptOf(4 + seed * 9, seed)], sampled(seed), patient()))) {
    if (token !== undefined) tokens.push(token)
    received(tokens.length)
  }
  return tokens
}

/** The answers of both models, each to every seed. `received` is told how many tokens an answer has. */
const answers = (llms: readonly Llm[], received?: (tokens: number) => void): Promise<number[][]> =>
  Promise.all(llms.flatMap((llm) => seeds.map((seed) => answer(llm, seed, received))))

/** Both models in one host, which takes a silence of a second for its end. */
const impatient = async (): Promise<{ hosts: LlmHost[]; llms: Llm[] }> => {
  const host = new Host({ name: 'small', log: () => {}, hangAfter: 1000, restartDelay: 1 })
  const hosts: LlmHost[] = []
  const llms: Llm[] = []
  for (const name of models) {
    const files = await readModelFiles(directoryOf(name))
    const init = modelInit(files, TextGenerationOptions.parse({ max_num_seqs: 4, stream_interval: 0 }), { threads: 1 })
    const tenant: LlmHost = await host.open({
      name,
      kind: 'text_generation',
      init,
      log: () => {},
      progress: () => {},
      signal: patient(),
    })
    const limits = { maxModelLength: init.maxLength, maxAnswers: 16 }
    hosts.push(tenant)
    llms.push(new LanguageModel(name, tenant, files, limits, await loadTokenizer(directoryOf(name))))
  }
  return { hosts, llms }
}

test('two models that name a host stream from one process; it is killed, and every stream goes on to the same tokens', async () => {
  const definitions = models.map((name): ModelDefinition => {
    const source = {
      kind: 'text_generation',
      path: directoryOf(name),
      options: { max_num_seqs: 4, stream_interval: 0 },
      host: 'small',
    }
    return { name, servables: { llm: { ...source, options: TextGenerationOptions.parse(source.options) } }, sidePackets: {} }
  })
  const died: number[] = []
  const log = (_model: string, _level: string, message: string, fields?: Readonly<Record<string, unknown>>) => {
    if (message.includes('was killed')) died.push(Number(fields?.pid))
  }
  const repository = new Repository(definitions, { kinds, log, progress: () => {} })
  await repository.load(patient())
  const llms = models.map((name) => repository.sides(name).LLM as Llm)
  const [host] = childrenNamed('small')
  assert.is(childrenNamed('').length, 1)
  const undisturbed = await answers(llms)
  let begun = 0
  const kill = (tokens: number) => {
    if (tokens === 40 && ++begun === 3) process.kill(host!, 'SIGKILL')
  }
  assert.equal(await answers(llms, kill), undisturbed)
  assert.equal(died, [host])
  assert.equal(
    repository.statuses().map(({ state }) => state),
    ['AVAILABLE', 'AVAILABLE'],
  )
  await repository.dispose()
  assert.equal(childrenNamed(''), [])
})

test('a host that hangs while its models stream is killed, and every stream goes on to the same tokens', async () => {
  const { hosts, llms } = await impatient()
  const undisturbed = await answers(llms)
  const pid = hosts[0]?.pid
  const stop = (tokens: number) => {
    if (tokens === 40 && hosts[1]?.pid === pid) process.kill(pid!, 'SIGSTOP')
  }
  assert.equal(await answers(llms, stop), undisturbed)
  assert.is.not(hosts[0]?.pid, pid)
  for (const host of hosts) await host.dispose()
})

/** Host processes of this process, by the beginning of their names. */
const childrenNamed = (name: string): number[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`ovms-ts host ${name}`))
    .map(Number)

test.run()
