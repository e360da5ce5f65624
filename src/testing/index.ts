/**
 * `rowsmith/testing`: what tests of configs, tools and adapters can use. Every public name, by hand.
 */
export { type CrashProgress, type CrashTestOptions, type CrashTestReport, crashTest } from './crash-test.ts'
export {
  DiskStopped,
  type FaultCode,
  type Interruption,
  ModelDisk,
  type ModelDiskOptions,
} from './model-disk.ts'
export { VolatileDisk, type VolatileDiskOptions } from './volatile-disk.ts'
