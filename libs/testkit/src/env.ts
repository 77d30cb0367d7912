// The one thing programs under test inherit: where to find other programs.

export const PATH = process.env["PATH"] ?? "/usr/bin:/bin"
