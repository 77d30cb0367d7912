import { expect, test } from "bun:test"
import { migratePostgres, POSTGRES_MIGRATIONS } from "./migrate-postgres.ts"

test.each([
  [90_624, "PostgreSQL 9, and 15 or newer"],
  [140_019, "PostgreSQL 14, and 15 or newer"],
])("a server of version %d is refused by its name, and nothing is made on it", async (version, message) => {
  const { connection, sent } = serverOf(version)
  await expect(migratePostgres(connection, POSTGRES_MIGRATIONS)).rejects.toThrow(message)
  expect(sent.length).toBe(1)
})

test("a server of version 15 gets the schema", async () => {
  const { connection, sent } = serverOf(150_000)
  await migratePostgres(connection, POSTGRES_MIGRATIONS)
  expect(sent.filter((statement) => statement.startsWith("DO")).length).toBe(POSTGRES_MIGRATIONS.length)
})

/** Says its version, and has no table. Servers of several versions are not to be had on one machine. */
function serverOf(server: number) {
  const sent: string[] = []
  const rows = async <T>(text: string): Promise<readonly T[]> => {
    sent.push(text)
    return text.startsWith("SELECT to_regclass") ? [{ there: false, server } as T] : []
  }
  return { connection: { rows }, sent }
}
