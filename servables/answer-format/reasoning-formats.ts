/** How a family of models writes down what it thinks before it answers. */
export interface ReasoningFormat {
  /** Values of the option `reasoning_parser`: OVMS's name where it has one, then those of vLLM and SGLang. */
  readonly names: readonly [string, ...string[]]
  /** Texts that begin reasoning, where an answer begins; the first is the usual one. A prompt that ends in one has begun it. */
  readonly begin: readonly [string, ...string[]]
  /** Texts that end it, wherever they stand. */
  readonly end: readonly [string, ...string[]]
  /** Whether every answer begins with reasoning, whatever the prompt's end and the answer's beginning say, unless the prompt has ended it. */
  readonly always: boolean
  /** Around the answer proper, and no part of it; '': nothing. */
  readonly answer: { readonly begin: string; readonly end: string }
  /** gpt-oss's messages with channels, of which reasoning is one kind: read as a whole, with the calls. */
  readonly harmony: boolean
  /** Models whose chat template has all texts of one of these lists use the format, unless one above in the table has claimed them. */
  readonly evidence: readonly (readonly string[])[]
}

/** What most formats have in common. */
const usual = {
  names: ['qwen3'],
  begin: ['<think>'],
  end: ['</think>'],
  always: false,
  answer: { begin: '', end: '' },
  harmony: false,
} as const

/** Sources: the models' chat templates and cards; the parsers of OVMS, vLLM, SGLang and llama.cpp. The more particular come first. */
export const reasoningFormats: readonly ReasoningFormat[] = [
  {
    ...usual,
    names: ['gptoss', 'openai_gptoss', 'gpt-oss', 'harmony'],
    begin: ['<|channel|>analysis<|message|>'],
    end: ['<|end|>'],
    harmony: true,
    evidence: [['<|channel|>', '<|message|>']],
  },
  {
    ...usual,
    names: ['gemma4'],
    begin: ['<|channel>thought\n'],
    end: ['<channel|>'],
    evidence: [['<|channel>']],
  },
  {
    ...usual,
    names: ['seed_oss'],
    begin: ['<seed:think>'],
    end: ['</seed:think>'],
    evidence: [['<seed:think>'], ['seed:think']],
  },
  {
    ...usual,
    names: ['command', 'cohere', 'cohere_command3'],
    begin: ['<|START_THINKING|>'],
    end: ['<|END_THINKING|>'],
    answer: { begin: '<|START_RESPONSE|>', end: '<|END_RESPONSE|>' },
    evidence: [['<|START_THINKING|>']],
  },
  {
    ...usual,
    names: ['mistral', 'magistral'],
    begin: ['[THINK]'],
    end: ['[/THINK]'],
    evidence: [['[THINK]', '[/THINK]']],
  },
  {
    ...usual,
    names: ['granite'],
    begin: ['Here is my thought process:', "Here's my thought process:"],
    end: ['Here is my response:', "Here's my response:"],
    evidence: [['Here is my thought process:']],
  },
  {
    ...usual,
    names: ['apriel'],
    begin: ['Here are my reasoning steps:\n'],
    end: ['[BEGIN FINAL RESPONSE]'],
    answer: { begin: '', end: '[END FINAL RESPONSE]' },
    evidence: [['[BEGIN FINAL RESPONSE]']],
  },
  {
    ...usual,
    names: ['longcat'],
    begin: ['<longcat_think>'],
    end: ['</longcat_think>'],
    evidence: [['<longcat_think>']],
  },
  {
    ...usual,
    names: ['ernie45'],
    answer: { begin: '<response>', end: '</response>' },
    evidence: [['<think>', '<response>']],
  },
  {
    ...usual,
    names: ['hunyuan_a13b', 'hunyuan'],
    answer: { begin: '<answer>', end: '</answer>' },
    evidence: [['<think>', '<answer>']],
  },
  // Its templates do not always begin what its answers then lack.
  { ...usual, names: ['deepseek_r1', 'deepseek-r1', 'step3'], always: true, evidence: [] },
  {
    ...usual,
    names: [
      'qwen3',
      'deepseek_v3',
      'deepseek_v31',
      'glm45',
      'kimi',
      'kimi_k2',
      'minimax',
      'minimax_m2',
      'lfm2',
      'minicpm5',
      'holo2',
    ],
    evidence: [['<think>'], ['</think>']],
  },
]
