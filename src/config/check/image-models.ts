/** As Data Designer recognizes them: by their names. */
const names = /dall-e-|dalle|stable-diffusion|sd-|sd_|imagen|gpt-image-/i

/** Whether a model makes images on a route of their own, such as `/images/generations`; all others do it in a chat. */
export function drawsOnItsOwnRoute(model: string): boolean {
  return names.test(model)
}
