// The words of a start that lets unlisted hosts through. A file of its own: a headless start says
// them too, and loads nothing else of the preflight.

export const OBSERVES = "observe: hosts that no route lists are let through, without credentials"
