// The run's CA as the file by which Chromium and Chrome trust it: browsers read neither the
// system's roots nor a variable, but a policy of the machine's administrator.
//
// Pure. The policy `CACertificates` adds roots and takes none away.

export function writeBrowserPolicy(caPem: string): string {
  const certificate = caPem.replace(/-----[^-]+-----|\s/g, "")
  return `${JSON.stringify({ CACertificates: [certificate] })}\n`
}
