// For tests of the screen, here and under bench/. Never imported by the product.

export { openTestCanvas, type TestCanvas } from "./test-canvas.ts"
