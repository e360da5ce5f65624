/** `rowsmith/testing`: disks that crash on cue, the conformance suite of providers, and the crash test. By hand. */
export {
  type CrashProgress,
  type CrashTestOptions,
  type CrashTestReport,
  crashTest,
} from './crash/crash-test.ts'
export {
  DiskStopped,
  type FaultCode,
  type Interruption,
  type ModelDiskOptions,
  SimulatedDisk,
} from './disks/simulated-disk.ts'
export type { Operation, OperationName, Torn, TornState, Unsynced } from './disks/simulated-tree.ts'
export { VolatileDisk, type VolatileDiskOptions } from './disks/volatile-disk.ts'
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
