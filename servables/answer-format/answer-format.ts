import type { GrammarSpec } from '../grammar/index.ts'
import type { ThinkingLimit } from './thinking-limit.ts'

/** A function that the model may call, as the request describes it. */
export interface FunctionTool {
  readonly name: string
  readonly description?: string | undefined
  /** JSON Schema of its arguments; absent: none. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
  /** The field of the request that has `parameters`: what a refusal names. */
  readonly field?: string | undefined
  /** Whether calls are held to `parameters` also where the model calls on its own account. */
  readonly strict?: boolean | undefined
}

/** Whether the model calls: never, as it likes, at least once, or exactly this function. */
export type ToolChoice = 'none' | 'auto' | 'required' | { readonly name: string }

/** What a request wants its answers to be. */
export interface AnswerWish {
  /** What text that is no call and no reasoning has to look like; undefined: anything. */
  readonly text: GrammarSpec | undefined
  /** The field of the request that says so: what a refusal names. */
  readonly textField?: string | undefined
  readonly tools: readonly FunctionTool[]
  readonly toolChoice: ToolChoice
  /** Whether one answer may have several calls. */
  readonly parallelToolCalls: boolean
  /** Tokens that an answer may reason for at most; `field` of the request says so: what a refusal names, if it is to be refused. */
  readonly thinking?: { readonly tokens: number; readonly field?: string | undefined } | undefined
  /** The text at the prompt's end that the request has begun the answer with; absent: the model begins it. */
  readonly begun?: string | undefined
}

/** A piece of an answer, in the order in which the model wrote it. */
export type AnswerPart =
  | { readonly type: 'content'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** The beginning of a call; `index` counts an answer's calls from 0. */
  | { readonly type: 'call'; readonly index: number; readonly id: string; readonly name: string }
  /** More of a call's arguments. All of them joined are JSON, as far as the model wrote any. */
  | { readonly type: 'arguments'; readonly index: number; readonly text: string }

/** Reads one answer as it comes. However its text is cut, the parts add up to the same. */
export interface AnswerParser {
  push(text: string): readonly AnswerPart[]
  /** The text has ended: what was held back. */
  end(): readonly AnswerPart[]
}

/** An answer that has ended by itself. */
export interface FinishedAnswer {
  readonly content: string
  readonly calls: readonly { readonly name: string; readonly arguments: string }[]
}

/** How a model writes reasoning and tool calls into its text, and how to hold it to that. Source: the model's family. */
export interface AnswerFormat {
  /** Names of the formats, as in the options `tool_parser` and `reasoning_parser`; undefined: the model has none. */
  readonly toolParser: string | undefined
  readonly reasoningParser: string | undefined
  /** Texts of tokens that the parser reads. Those that are special tokens are to be left in the text. */
  readonly markers: readonly string[]
  /** @param prompt as the template wrote it: its end and `begun` tell whether reasoning has begun, or is over */
  parser(wish: AnswerWish, prompt: string): AnswerParser
  /**
   * One grammar for the whole answer: reasoning if the model reasons, then calls or text. Undefined: the model is free.
   *
   * @throws EngineError `invalid_value` or `unsupported_parameter`, with its `param`, when the model has no way to do it
   */
  grammar(wish: AnswerWish, prompt: string): GrammarSpec | undefined
  /**
   * The bound on reasoning that the wish asks for. Undefined: there is none, or the prompt has ended it.
   *
   * @throws EngineError `unsupported_parameter` when the model is not known to reason, and the wish has a field to name
   */
  thinking(wish: AnswerWish, prompt: string): ThinkingLimit | undefined
  /**
   * Finds out whether a finished answer is what the request wanted, as far as it was held to that.
   *
   * @throws EngineError `invalid_output`: a fault of ours
   */
  check(wish: AnswerWish, answer: FinishedAnswer): void
}
