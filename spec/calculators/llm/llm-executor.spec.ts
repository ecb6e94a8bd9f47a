import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LlmExecutorCalculator } from '../../../calculators/llm/llm-executor.ts'
import type { EngineError } from '../../../engine/index.ts'
import type { Steps } from '../../../servables/index.ts'
import { fakeLlm, samplingParams } from '../../support/fakes.ts'
import { calculatorGraph, runCalculator } from '../../support/run-calculator.ts'

test('sends the steps of every choice, at a time of their own', async () => {
  const llm = fakeLlm((choice) => ['ab', 'c'][choice]!)
  const { STEPS } = await runCalculator<{ STEPS: Steps }>(LlmExecutorCalculator, {
    inputs: { TOKENS: [{ value: [[1], [2]], timestamp: 40 }], SAMPLING: [{ value: samplingParams(), timestamp: 40 }] },
    sides: { LLM: llm },
  })
  assert.equal(
    STEPS.map(({ timestamp, value: [step] }) => [timestamp, step.choice, step.token, step.finish]),
    [
      [0, 0, 97, undefined],
      [1, 1, 99, undefined],
      [2, 0, 98, undefined],
      [3, 1, undefined, 'stop'],
      [4, 0, undefined, 'stop'],
    ],
  )
  assert.equal(llm.requests[0]!.prompts, [[1], [2]])
})

test('a refusal of the model is the error of the run', async () => {
  const llm = fakeLlm(() => 'a', { maxModelLength: 1 })
  const inputs = { TOKENS: [[[1, 2]]], SAMPLING: [samplingParams()] }
  const error = await runCalculator(LlmExecutorCalculator, { inputs, sides: { LLM: llm } }).catch((error: EngineError) => error)
  assert.is((error as EngineError).code, 'context_length_exceeded')
  assert.is(llm.finished, 1)
})

test('a cancelled run ends the generation', async () => {
  const llm = fakeLlm(() => 'x'.repeat(1_000_000))
  const abort = new AbortController()
  const inputs = { TOKENS: [], SAMPLING: [] }
  const run = calculatorGraph(LlmExecutorCalculator, { inputs, sides: { LLM: llm } }).start({
    sides: { LLM: llm },
    signal: abort.signal,
  })
  const steps = run.read('STEPS')
  run.push('TOKENS', [[1]])
  run.push('SAMPLING', samplingParams())
  await steps.next()
  abort.abort()
  const error = await run.done.catch((error: EngineError) => error)
  assert.is((error as EngineError).code, 'cancelled')
  assert.ok(llm.requests[0]!.signal.aborted)
  assert.is(llm.finished, 1)
})

test.run()
