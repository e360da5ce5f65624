/** `rowsmith/testing`: typed datasets under test, disks that crash on cue, the conformance suite of providers, and the crash test. By hand. */
export {
  type CrashProgress,
  type CrashTestOptions,
  type CrashTestReport,
  crashTest,
} from '../testing/crash/crash-test.ts'
export { type Fault, type FaultName, fault } from '../testing/datasets/faults.ts'
export { promptsOf, run, type Script, type TestOptions, type TestRun } from '../testing/datasets/run.ts'
export type { Answers, Reply, TestRequest } from '../testing/datasets/scripted-models.ts'
export {
  DiskStopped,
  type FaultCode,
  type Interruption,
  type ModelDiskOptions,
  SimulatedDisk,
} from '../testing/disks/simulated-disk.ts'
export type { Operation, OperationName, Torn, TornState, Unsynced } from '../testing/disks/simulated-tree.ts'
export { VolatileDisk, type VolatileDiskOptions } from '../testing/disks/volatile-disk.ts'
export { anthropicVendor } from '../testing/providers/anthropic-vendor.ts'
export {
  type ConformanceCase,
  type ProviderSubject,
  providerConformance,
} from '../testing/providers/conformance.ts'
export { geminiVendor } from '../testing/providers/gemini-vendor.ts'
export { openAiVendor } from '../testing/providers/openai-vendor.ts'
export { responsesVendor } from '../testing/providers/responses-vendor.ts'
export type {
  UnderstoodRequest,
  Vendor,
  VendorFailure,
  VendorReply,
  VendorRequest,
} from '../testing/providers/vendor.ts'
