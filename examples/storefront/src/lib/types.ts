/** Short names for the shapes of the contract. */
import type { Schema } from '@stoa/client/storefront'

export type { Schema }
export type Me = Schema<'MeOut'>
export type Category = Schema<'ShopCategoryOut'>
export type ProductCard = Schema<'ProductCardOut'>
export type ProductPage = Schema<'ProductPageOut'>
export type Sku = Schema<'SkuOut'>
export type Facets = Schema<'FacetsOut'>
export type Cart = Schema<'CartOut'>
export type CartLine = Schema<'CartLineOut'>
export type Quote = Schema<'QuoteOut'>
export type CartQuote = Schema<'CartQuoteOut'>
export type PaymentMethod = Schema<'PaymentMethodOut'>
export type ClaimableCoupon = Schema<'ClaimableOut'>
export type Address = Schema<'AddressOut'>
export type AddressInput = Schema<'DeliveryAddressIn'>
export type Region = Schema<'RegionOut'>
export type Delivery = Schema<'DeliveryPreviewOut'>
export type Tender = NonNullable<Schema<'QuoteCartIn'>['tenders']>[number]
export type Order = Schema<'OrderOut'>
export type OrderCard = Schema<'OrderCardOut'>
export type Shipment = Schema<'OrderShipmentOut'>
export type TimelineEntry = Schema<'TimelineOut'>
export type Return = Schema<'ReturnOut'>
export type ReturnInput = Schema<'AskReturnIn'>
export type PayAction = NonNullable<NonNullable<Schema<'PaymentPlanOut'>['attempt']>['action']>
