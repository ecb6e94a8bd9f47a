/** What the demo model can do that clients ask of it; `models/demo-chat/README.md` has the whole list. */

export const model = 'demo-chat'

/** A function whose calls it was trained on, as JSON Schema. */
export const cityParameters = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city' as const],
  additionalProperties: false as const,
}
export const weatherTool = {
  type: 'function' as const,
  function: { name: 'get_weather', description: 'Get the weather in a city', parameters: cityParameters },
}

export const weatherQuestion = 'What is the weather in Paris?'
/** What the function returns for Paris, and what the model then says. */
export const weatherResult = '{"temperature": 21, "condition": "sunny"}'
export const weatherAnswer = /Paris.*21.*sunny/

export const personQuestion = 'Reply in JSON with keys name and age: Ada is 36'
export const person = { name: 'Ada', age: 36 }

/** More than the 2048 tokens that the model can have. */
export const tooLong = 'a long story '.repeat(4000)

/**
 * An answer that is under way when its client leaves. Node's fetch hangs when a body is aborted that has come, but wasn't read.
 */
export const endless = { ignore_eos: true, max_tokens: 1500 }

/** What a call that must be refused throws; undefined: it wasn't. */
export async function refusal(call: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return undefined
}
