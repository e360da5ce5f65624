/** `rowsmith/workflow`: several datasets in sequence. By hand. */
export { isWorkflowFile, loadWorkflow } from '../api/load.ts'
export {
  createWorkflow,
  type StepResults,
  validateWorkflow,
  type WorkflowResults,
  type WorkflowRun,
  type WorkflowSummary,
  workflowStatus,
} from '../api/workflow.ts'
export {
  type StepOutput,
  type Workflow,
  type WorkflowStep,
  workflowFromValue,
} from '../config/files/workflow.ts'
export { type TypedStep, workflow } from '../typed/workflow.ts'
export type { WorkflowValidation } from '../workflow/load.ts'
export type { WorkflowOptions } from '../workflow/options.ts'
export type { RowsTransform } from '../workflow/output.ts'
export type { StepStatus } from '../workflow/record.ts'
export type { StepOutcome, WorkflowEvent } from '../workflow/run.ts'
export type { WorkflowStatus } from '../workflow/status.ts'
