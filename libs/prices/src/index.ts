// Prices of requests, from dated tables that lie here as data, and from the operator's own. Pure.

export {
  type ExpectedRequest,
  highestRates,
  type PriceBook,
  type PricedRequest,
  type PriceResult,
  priceRequest,
} from "./price-request.ts"
export { PRICE_TABLE } from "./tables/all-prices.ts"
export { type PrintedRates, type PrintedRow, printedRow } from "./tables/usd-row.ts"
