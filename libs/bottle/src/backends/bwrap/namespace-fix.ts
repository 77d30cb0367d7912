// The one command that lets an unprivileged user make namespaces on this host. Pure.

/** `read`: a setting of the kernel below /proc/sys; undefined for one that it does not have. */
export function namespaceFix(read: (path: string) => string | undefined): string {
  // Ubuntu since 23.10. docs/install.md has a rule for bubblewrap alone.
  if (read("kernel/apparmor_restrict_unprivileged_userns") === "1")
    return "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
  // Debian's own.
  if (read("kernel/unprivileged_userns_clone") === "0") return "sudo sysctl -w kernel.unprivileged_userns_clone=1"
  if (read("user/max_user_namespaces") === "0") return "sudo sysctl -w user.max_user_namespaces=15000"
  return "in a container, start it with: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
}
