// The form in which this bot-bottle was installed. The build writes it in as a constant; nothing
// of the environment can change it.

/** `source`: a clone. `bundle`: a file for each program. `binary`: one executable that holds all of them. */
export type BuildForm = "source" | "bundle" | "binary"

declare const BOT_BOTTLE_FORM: BuildForm | undefined
export const BUILD_FORM: BuildForm = typeof BOT_BOTTLE_FORM === "undefined" ? "source" : BOT_BOTTLE_FORM
