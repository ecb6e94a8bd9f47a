import { parentPort, workerData } from 'node:worker_threads'
import { EngineError } from '../../engine/index.ts'
import type { Conversation, TemplateMessage } from './chat-template.ts'
import { parseTemplate } from './jinja.ts'
import type { Question, Rendered } from './template-thread.ts'

/** Runs in a thread of its own: renders one conversation after the other. */
const render = parseTemplate(workerData)

function answer(conversation: Conversation): Rendered {
  const began = performance.now()
  try {
    return { text: render(conversation), milliseconds: performance.now() - began }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return { refused: error.message, param: error.param }
  }
}

let earlier: readonly TemplateMessage[] = []

parentPort?.on('message', (question: Question) => {
  if ('earlier' in question) {
    earlier = [...earlier, ...question.earlier]
    return
  }
  const conversation = { ...question, messages: [...earlier, ...question.messages] }
  earlier = []
  parentPort?.postMessage(answer(conversation))
})
parentPort?.postMessage('ready')
