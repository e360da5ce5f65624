/** `rowsmith/models`: models and tools tried outside of a run. By hand. */
export { askModel, checkModels, checkTools } from '../api/checks.ts'
export type { ModelCheck } from '../models/connect/check-models.ts'
export type { AskOptions, ModelAnswer } from '../preflight/ask-model.ts'
export type { CheckModelsOptions } from '../preflight/check-models.ts'
export type { CheckToolsOptions } from '../preflight/check-tools.ts'
export type { CheckedTool, ToolCheck, ToolProblem } from '../tools/toolbox/check-tools.ts'
