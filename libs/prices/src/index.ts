// Prices of requests, from dated tables that lie here as data. Pure.

export { type PricedRequest, type PriceResult, priceRequest } from "./price-request.ts"
export type { PriceRow, Rates, ServiceTier, Vendor } from "./price-table.ts"
export { PRICE_TABLE } from "./tables/all-prices.ts"
