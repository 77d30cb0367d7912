// Git's settings for every bottle that beat what a repository sets: nothing is signed, since a
// bottle holds no key to sign with.

const SETTINGS = ["commit.gpgSign", "tag.gpgSign", "tag.forceSignAnnotated", "push.gpgSign"]

/** As variables, which Git counts above every file. */
export const UNSIGNED_GIT: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: `${SETTINGS.length}`,
  ...Object.fromEntries(
    SETTINGS.flatMap((key, index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, "false"],
    ]),
  ),
}
