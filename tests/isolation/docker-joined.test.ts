// Runs in containers: in the background, joined and left, and with commands beside their agent.

import { DOCKER } from "@bot-bottle/bottle/testing"
import { execSuite } from "../e2e/lifecycle/exec-suite.ts"
import { forwardSuite } from "../e2e/lifecycle/forward-suite.ts"
import { joinedSuite } from "../e2e/lifecycle/joined-suite.ts"
import { describeIsolated } from "./require-isolation.ts"

const ENGINE = Bun.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: Bun.env["DOCKER_HOST"] }
const IN_DOCKER = { settings: "backend: docker\n", env: ENGINE }

await describeIsolated("docker, joined and left", DOCKER.create(), () => {
  joinedSuite(IN_DOCKER)
  execSuite(IN_DOCKER)
  forwardSuite(IN_DOCKER)
})
