// The form in which this bot-bottle was installed. The build writes it in as a constant; nothing
// of the environment can change it.

/**
 * `source`: a clone. `kept`: a clone's bundle of its own sources. `bundle`: a file for each program, as the npm package
 * has them. `binary`: one executable that holds all of them.
 */
export type BuildForm = "source" | "kept" | "bundle" | "binary"

declare const BOT_BOTTLE_FORM: BuildForm | undefined
export const BUILD_FORM: BuildForm = typeof BOT_BOTTLE_FORM === "undefined" ? "source" : BOT_BOTTLE_FORM
