// The facts of an image that reach a bottle.

import { expect, test } from "bun:test"
import { parseJavaHome } from "./image.ts"

test.each([
  // variables                              folder of its JVM
  [["PATH=/bin", "JAVA_HOME=/opt/java/openjdk"], "/opt/java/openjdk"],
  [["JAVA_HOME=/usr/lib/jvm/java-21/"], "/usr/lib/jvm/java-21"],
  [["JAVA_HOMES=/opt/java", "X=JAVA_HOME=/opt/java"], undefined],
  [["JAVA_HOME="], undefined],
  [["JAVA_HOME=opt/java"], undefined],
  [["JAVA_HOME=/opt"], undefined],
  [["JAVA_HOME=/home/node"], undefined],
  [["JAVA_HOME=/run/bot-bottle"], undefined],
  [["JAVA_HOME=/opt/bot-bottle/runtime"], undefined],
  [["JAVA_HOME=/opt/../run/bot-bottle"], undefined],
] as const)("INV-63: an image's %j names %p as a JVM whose trust is covered", (variables, folder) => {
  expect(parseJavaHome(variables)).toBe(folder)
})
