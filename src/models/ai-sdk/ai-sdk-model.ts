/**
 * What of a model object of the AI SDK is used: its specification v2, v3 or v4. Declared here by shape, so that the SDK is no
 * dependency; what goes in and out is built and read in `ai-sdk-call.ts` and `ai-sdk-result.ts`.
 */
interface AiSdkObject {
  readonly specificationVersion: string
  /** As `openai.chat`: its first word is the key of options that only this provider knows. */
  readonly provider: string
  readonly modelId: string
}

interface AiSdkLanguageModel extends AiSdkObject {
  doGenerate(options: never): PromiseLike<unknown>
}

interface AiSdkEmbeddingModel extends AiSdkObject {
  doEmbed(options: never): PromiseLike<unknown>
}

export type AiSdkModel = AiSdkLanguageModel | AiSdkEmbeddingModel
