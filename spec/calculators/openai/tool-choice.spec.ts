import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkChatRequest } from '../../../calculators/openai/chat-request.ts'
import { checkResponsesRequest } from '../../../calculators/openai/responses-request.ts'
import { toChatTools } from '../../../calculators/openai/responses-tools.ts'
import { toWish } from '../../../calculators/openai/tool-choice.ts'

const messages = [{ role: 'user', content: 'Hi' }]
const names = ['time', 'weather', 'add']
const tools = names.map((name) => ({ type: 'function', function: { name } }))

const wishOf = async (fields: object) => toWish(await checkChatRequest({ messages, tools, ...fields }))

test('all tools may be called, one, or none', async () => {
  assert.is((await wishOf({})).toolChoice, 'auto')
  assert.is((await wishOf({ tool_choice: 'required' })).toolChoice, 'required')
  assert.equal((await wishOf({ tool_choice: tools[1] })).toolChoice, { name: 'weather' })
  assert.equal(
    (await wishOf({ tool_choice: 'none' })).tools.map(({ name }) => name),
    names,
  )
})

test('of allowed tools only those are called, and faults in them name the field that they came in', async () => {
  const { toolChoice, tools: called } = await wishOf({
    tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: tools.slice(1) } },
  })
  assert.is(toolChoice, 'required')
  assert.equal(
    called.map(({ name, field }) => [name, field]),
    [
      ['weather', 'tools[1].function.parameters'],
      ['add', 'tools[2].function.parameters'],
    ],
  )
})

test("a response's choice is chat's", async () => {
  const choose = async (tool_choice: unknown) => {
    const tools = names.map((name) => ({ type: 'function', name }))
    return toChatTools(await checkResponsesRequest({ input: 'Hi', tools, tool_choice })).tool_choice
  }
  assert.is(await choose('required'), 'required')
  assert.equal(await choose({ type: 'function', name: 'time' }), tools[0])
  assert.equal(await choose({ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'add' }] }), {
    type: 'allowed_tools',
    allowed_tools: { mode: 'auto', tools: [tools[2]] },
  })
})

test.run()
