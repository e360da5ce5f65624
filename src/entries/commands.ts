/** What the commands need of us in addition to what is public. By hand. */
export { reportText } from '../api/dataset.ts'
export { loadConfigAgain, loadConfigOrWorkflow, loadSetting } from '../api/load.ts'
export { writeNamed } from '../api/write-named.ts'
export { isCodePath } from '../code/load-code.ts'
export { exportFormats } from '../results/export/destination.ts'
export { fileFormats } from '../results/export/export-formats.ts'
export { qualityTables } from '../results/quality/tables.ts'
export { eventLine } from '../run/report/event-lines.ts'
export {
  flagName,
  type RunCommand,
  runCommands,
  type Setting,
  type SettingGroup,
  settingGroups,
  settingRows,
  settings,
} from '../run/request/settings.ts'
