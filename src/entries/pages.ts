/** The pages of `view` and `dev`, apart from what every command loads. By hand. */
export { startDev } from '../dev/server.ts'
export type { DevView } from '../dev/session.ts'
export { startView } from '../view/server.ts'
