// Where Chromium and its relatives look for the policies of the machine's administrator, one of
// which makes them trust the run's CA.
//
// Pure data.

export const BROWSER_POLICY_FILES: readonly string[] = [
  "/etc/chromium",
  "/etc/opt/chrome",
  "/etc/opt/chrome_for_testing",
].map((folder) => `${folder}/policies/managed/bot-bottle.json`)
