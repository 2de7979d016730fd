"""Who may call what: every domain's routers, by audience.

A new domain adds its modules here. Each has a `router` with a prefix and a tag of its own.
"""

from dataclasses import dataclass
from types import ModuleType

from app.core.actor import Audience, InsufficientScope, Unauthenticated, WrongAudience
from app.core.errors import DomainError
from app.routers import docs, operations
from app.routers.cart import checkout as cart_checkout
from app.routers.cart import storefront as cart_storefront
from app.routers.catalog import attribute_sets as catalog_attribute_sets
from app.routers.catalog import brands as catalog_brands
from app.routers.catalog import categories as catalog_categories
from app.routers.catalog import channels as catalog_channels
from app.routers.catalog import kits as catalog_kits
from app.routers.catalog import kits_merchant as catalog_kits_merchant
from app.routers.catalog import merchant as catalog_merchant
from app.routers.catalog import products as catalog_products
from app.routers.catalog import skus as catalog_skus
from app.routers.catalog import storefront as catalog_storefront
from app.routers.catalog import tags as catalog_tags
from app.routers.crm import admin as crm_admin
from app.routers.crm import draws as crm_draws
from app.routers.crm import lotteries as crm_lotteries
from app.routers.crm import lottery_admin as crm_lottery_admin
from app.routers.crm import storefront as crm_storefront
from app.routers.delivery import points as delivery_points
from app.routers.delivery import regions as delivery_regions
from app.routers.delivery import slots as delivery_slots
from app.routers.delivery import storefront as delivery_storefront
from app.routers.delivery import templates as delivery_templates
from app.routers.delivery import templates_merchant as delivery_templates_merchant
from app.routers.finance import budgets as finance_budgets
from app.routers.finance import costs as finance_costs
from app.routers.finance import exports as finance_exports
from app.routers.finance import funders as finance_funders
from app.routers.finance import invoices as finance_invoices
from app.routers.finance import invoices_merchant as finance_invoices_merchant
from app.routers.finance import manual_journals as finance_manual_journals
from app.routers.finance import periods as finance_periods
from app.routers.finance import recognitions as finance_recognitions
from app.routers.finance import reconciliation as finance_reconciliation
from app.routers.finance import sandbox as finance_sandbox
from app.routers.finance import storefront as finance_storefront
from app.routers.inventory import adjustments as inventory_adjustments
from app.routers.inventory import alerts as inventory_alerts
from app.routers.inventory import backorders as inventory_backorders
from app.routers.inventory import batches as inventory_batches
from app.routers.inventory import merchant as inventory_merchant
from app.routers.inventory import policies as inventory_policies
from app.routers.inventory import pos_sales as inventory_pos_sales
from app.routers.inventory import proof as inventory_proof
from app.routers.inventory import safety as inventory_safety
from app.routers.inventory import serials as inventory_serials
from app.routers.inventory import shares as inventory_shares
from app.routers.inventory import stock as inventory_stock
from app.routers.inventory import stocktakes as inventory_stocktakes
from app.routers.inventory import transfers as inventory_transfers
from app.routers.inventory import warehouses as inventory_warehouses
from app.routers.ledger import admin as ledger_admin
from app.routers.members import admin as members_admin
from app.routers.members import auth as members_auth
from app.routers.members import profile as members_profile
from app.routers.merchants import admin as merchants_admin
from app.routers.merchants import merchant as merchants_merchant
from app.routers.orders import admin as orders_admin
from app.routers.orders import bank_transfer as orders_bank_transfer
from app.routers.orders import carrier_costs as orders_carrier_costs
from app.routers.orders import carriers_admin as orders_carriers
from app.routers.orders import carriers_merchant as orders_carriers_merchant
from app.routers.orders import changes as orders_changes
from app.routers.orders import changes_admin as orders_changes_admin
from app.routers.orders import charges as orders_charges
from app.routers.orders import charges_admin as orders_charges_admin
from app.routers.orders import desk as orders_desk
from app.routers.orders import exports as orders_exports
from app.routers.orders import group_orders as orders_group_orders
from app.routers.orders import group_transfers as orders_group_transfers
from app.routers.orders import handouts as orders_handouts
from app.routers.orders import holds as orders_holds
from app.routers.orders import intake as orders_intake
from app.routers.orders import joined as orders_joined
from app.routers.orders import labels as orders_labels
from app.routers.orders import labels_merchant as orders_labels_merchant
from app.routers.orders import links as orders_links
from app.routers.orders import links_admin as orders_links_admin
from app.routers.orders import marks as orders_marks
from app.routers.orders import merchant as orders_merchant
from app.routers.orders import notes as orders_notes
from app.routers.orders import notes_merchant as orders_notes_merchant
from app.routers.orders import parcel_care as orders_parcel_care
from app.routers.orders import pickup as orders_pickup
from app.routers.orders import pushes as orders_pushes
from app.routers.orders import refunds_admin as orders_refunds
from app.routers.orders import regrouping as orders_regrouping
from app.routers.orders import returned_goods_admin as orders_returned_goods_admin
from app.routers.orders import returned_goods_merchant as orders_returned_goods_merchant
from app.routers.orders import returns as orders_returns
from app.routers.orders import returns_admin as orders_returns_admin
from app.routers.orders import returns_for_shoppers as orders_returns_for_shoppers
from app.routers.orders import returns_merchant as orders_returns_merchant
from app.routers.orders import review_rules as orders_review_rules
from app.routers.orders import reviews as orders_reviews
from app.routers.orders import shipping_admin as orders_shipping
from app.routers.orders import shipping_merchant as orders_shipping_merchant
from app.routers.orders import statistics as orders_statistics
from app.routers.orders import storefront as orders_storefront
from app.routers.orders import tickets as orders_tickets
from app.routers.orders import tickets_admin as orders_tickets_admin
from app.routers.orders import views as orders_views
from app.routers.payments import admin as payments_admin
from app.routers.payments import card_batches as payments_card_batches
from app.routers.payments import collections as payments_collections
from app.routers.payments import ledgers as payments_ledgers
from app.routers.payments import method_rules as payments_method_rules
from app.routers.payments import refund_policies as payments_refund_policies
from app.routers.payments import refunds as payments_refunds
from app.routers.payments import reviews as payments_reviews
from app.routers.payments import routing as payments_routing
from app.routers.payments import sandbox as payments_sandbox
from app.routers.payments import stored_value as payments_stored_value
from app.routers.payments import storefront as payments_storefront
from app.routers.payments import top_ups as payments_top_ups
from app.routers.payments import top_ups_admin as payments_top_ups_admin
from app.routers.payments import wallets as payments_wallets
from app.routers.payments import webhooks as payments_webhooks
from app.routers.payments import withdrawals as payments_withdrawals
from app.routers.pricing import admin as pricing_admin
from app.routers.pricing import bargains as pricing_bargains
from app.routers.pricing import bargains_admin as pricing_bargains_admin
from app.routers.pricing import exchange as pricing_exchange
from app.routers.pricing import explain as pricing_explain
from app.routers.pricing import flash as pricing_flash
from app.routers.pricing import flash_admin as pricing_flash_admin
from app.routers.pricing import merchant as pricing_merchant
from app.routers.pricing import policies as pricing_policies
from app.routers.pricing import purchase_limits as pricing_purchase_limits
from app.routers.pricing import schedules as pricing_schedules
from app.routers.pricing import storefront as pricing_storefront
from app.routers.pricing import timeline as pricing_timeline
from app.routers.promotions import activities as promotions_activities
from app.routers.promotions import admin as promotions_admin
from app.routers.promotions import batches as promotions_batches
from app.routers.promotions import coupons as promotions_coupons
from app.routers.promotions import groups as promotions_groups
from app.routers.promotions import lifecycle as promotions_lifecycle
from app.routers.promotions import replays as promotions_replays
from app.routers.promotions import reports as promotions_reports
from app.routers.promotions import reviews as promotions_reviews
from app.routers.promotions import rule_schemas as promotions_rule_schemas
from app.routers.promotions import storefront as promotions_storefront
from app.routers.promotions import templates as promotions_templates
from app.routers.system import admin as system_admin
from app.routers.system import staff as system_staff
from app.routers.system import staff_auth as system_staff_auth
from app.routers.webhooks import admin as webhooks_admin
from app.routers.webhooks import merchant as webhooks_merchant

STOREFRONT: tuple[ModuleType, ...] = (
    members_auth,
    members_profile,
    crm_storefront,
    crm_lotteries,
    crm_draws,
    catalog_storefront,
    pricing_storefront,
    pricing_bargains,
    cart_storefront,
    cart_checkout,
    delivery_regions,
    delivery_storefront,
    orders_storefront,
    orders_tickets,
    orders_changes,
    orders_charges,
    orders_bank_transfer,
    orders_returns,
    orders_pickup,
    orders_links,
    pricing_flash,
    promotions_activities,
    promotions_storefront,
    payments_storefront,
    payments_withdrawals,
    payments_top_ups,
    payments_ledgers,
    finance_storefront,
)
ADMIN: tuple[ModuleType, ...] = (
    system_admin,
    system_staff_auth,
    system_staff,
    members_admin,
    merchants_admin,
    webhooks_admin,
    catalog_channels,
    catalog_categories,
    catalog_brands,
    catalog_attribute_sets,
    catalog_skus,
    catalog_kits,
    catalog_tags,
    catalog_products,
    orders_admin,
    orders_desk,
    orders_handouts,
    orders_links_admin,
    orders_views,
    orders_notes,
    orders_marks,
    orders_tickets_admin,
    orders_exports,
    orders_statistics,
    orders_holds,
    orders_changes_admin,
    orders_charges_admin,
    orders_shipping,
    orders_regrouping,
    orders_joined,
    orders_carriers,
    orders_labels,
    orders_parcel_care,
    orders_carrier_costs,
    orders_refunds,
    orders_returns_admin,
    orders_returned_goods_admin,
    orders_returns_for_shoppers,
    delivery_templates,
    delivery_points,
    delivery_slots,
    orders_reviews,
    orders_group_orders,
    orders_group_transfers,
    orders_intake,
    orders_review_rules,
    inventory_warehouses,
    inventory_stock,
    inventory_stocktakes,
    inventory_adjustments,
    inventory_transfers,
    inventory_safety,
    inventory_policies,
    inventory_backorders,
    inventory_proof,
    inventory_alerts,
    inventory_batches,
    inventory_serials,
    inventory_shares,
    inventory_pos_sales,
    pricing_admin,
    pricing_policies,
    pricing_explain,
    pricing_timeline,
    pricing_flash_admin,
    pricing_exchange,
    pricing_bargains_admin,
    pricing_schedules,
    pricing_purchase_limits,
    crm_admin,
    crm_lottery_admin,
    promotions_reviews,
    promotions_replays,
    promotions_reports,
    promotions_admin,
    promotions_templates,
    promotions_groups,
    promotions_rule_schemas,
    promotions_batches,
    promotions_coupons,
    promotions_lifecycle,
    payments_admin,
    payments_card_batches,
    payments_collections,
    payments_routing,
    payments_method_rules,
    payments_refund_policies,
    payments_refunds,
    payments_reviews,
    payments_stored_value,
    payments_wallets,
    payments_top_ups_admin,
    ledger_admin,
    finance_periods,
    finance_budgets,
    finance_costs,
    finance_funders,
    finance_manual_journals,
    finance_exports,
    finance_invoices,
    finance_recognitions,
    finance_reconciliation,
)
MERCHANT: tuple[ModuleType, ...] = (
    merchants_merchant,
    webhooks_merchant,
    catalog_merchant,
    catalog_kits_merchant,
    orders_merchant,
    orders_notes_merchant,
    orders_shipping_merchant,
    orders_labels_merchant,
    delivery_templates_merchant,
    orders_carriers_merchant,
    orders_returns_merchant,
    orders_returned_goods_merchant,
    finance_invoices_merchant,
    inventory_merchant,
    pricing_merchant,
)
WEBHOOKS: tuple[ModuleType, ...] = (orders_pushes, payments_webhooks)

SIGNED_IN: tuple[type[DomainError], ...] = (Unauthenticated, WrongAudience, InsufficientScope)


@dataclass(frozen=True)
class Section:
    """One prefix and what is reached under it. `audience` is None where nothing is published."""

    prefix: str
    modules: tuple[ModuleType, ...]
    audience: Audience | None
    refusals: tuple[type[DomainError], ...]


UNPUBLISHED = Section("", (operations, docs, payments_sandbox, finance_sandbox), None, ())
"""For machines and developers: no audience's document names them."""

# The longer prefixes come first: `/api/v1` would match them all.
SECTIONS = (
    Section("/api/v1/admin", ADMIN, Audience.ADMIN, SIGNED_IN),
    Section("/api/v1/merchant", MERCHANT, Audience.MERCHANT, SIGNED_IN),
    Section("/api/v1/webhooks", WEBHOOKS, None, ()),
    Section("/api/v1", STOREFRONT, Audience.STOREFRONT, SIGNED_IN),
)
