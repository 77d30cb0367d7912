// For tests of the screen, here and under bench/. Never imported by the product.

import { fileURLToPath } from "node:url"

export { openTestCanvas, type TestCanvas } from "./test-canvas.ts"

/** A program: the screen with the sample, on the terminal it is started in. */
export const SAMPLE_PROGRAM = fileURLToPath(import.meta.resolve("./sample-main.ts"))
