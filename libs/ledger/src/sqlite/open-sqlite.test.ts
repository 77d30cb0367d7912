import { createLedgerConformance, openTempLedger } from "../testing/index.ts"

createLedgerConformance("SQLite", openTempLedger)
