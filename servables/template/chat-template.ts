/** A message as templates see it: OpenAI's fields, content flattened to text. */
export interface TemplateMessage {
  readonly role: string
  readonly content: string | null
  readonly [field: string]: unknown
}

export interface Conversation {
  readonly messages: readonly TemplateMessage[]
  readonly tools: readonly unknown[] | undefined
  readonly addGenerationPrompt: boolean
  /** Whether the text ends where the last message's content does, so that the model goes on with it. */
  readonly continueFinalMessage?: boolean | undefined
  /** Extra variables for the template, such as `enable_thinking`. */
  readonly variables: Readonly<Record<string, unknown>>
}

/** A model's chat template (Jinja): a conversation as the text its model was trained on. */
export interface ChatTemplate {
  /** Its text, in which the model's way to write calls and reasoning shows; '': the model has none. */
  readonly source: string
  /**
   * A template that refuses the conversation throws `invalid_value` with the template's own words; so does one that does not
   * come to an end. Whatever the template does, this thread goes on.
   */
  render(conversation: Conversation): Promise<string>
  /** Ends what works for it. */
  dispose(): Promise<void>
}
