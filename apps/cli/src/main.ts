#!/usr/bin/env bun
export {}
