/** `rowsmith/testing`: disks that crash on cue, the planted bugs, and the crash test that uses both. By hand. */
export {
  type CrashProgress,
  type CrashTestOptions,
  type CrashTestReport,
  crashTest,
} from './crash-test.ts'
export {
  type SweepOptions,
  type SweepReport,
  sweepCrashes,
  sweepFaults,
  sweepFaultsInRecovery,
  sweepRaces,
  sweepTwoCrashes,
} from './fault-sweep.ts'
export {
  DiskStopped,
  type FaultCode,
  type Interruption,
  ModelDisk,
  type ModelDiskOptions,
} from './model-disk.ts'
export type { Fate, Operation, OperationName, Torn, Unsynced } from './model-tree.ts'
export { anthropicVendor } from './providers/anthropic-vendor.ts'
export { type ConformanceCase, type ProviderSubject, providerConformance } from './providers/conformance.ts'
export { geminiVendor } from './providers/gemini-vendor.ts'
export { openAiVendor } from './providers/openai-vendor.ts'
export { responsesVendor } from './providers/responses-vendor.ts'
export type {
  UnderstoodRequest,
  Vendor,
  VendorFailure,
  VendorReply,
  VendorRequest,
} from './providers/vendor.ts'
export { type Sabotage, sabotage, sabotages } from './sabotage.ts'
export { VolatileDisk, type VolatileDiskOptions } from './volatile-disk.ts'
