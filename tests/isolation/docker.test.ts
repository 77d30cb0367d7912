// The docker backend, in whatever engine the environment names. CI starts one for this.

import { bottleConformance, DOCKER } from "@bot-bottle/bottle/testing"
import { describeIsolated } from "./require-isolation.ts"

await describeIsolated("docker", DOCKER.create(), () => bottleConformance(DOCKER))
