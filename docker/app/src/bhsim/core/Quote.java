package bhsim.core;

/**
 * A price, and which versions of which classes made it.
 *
 * @param cents -1 when there is no such article
 * @param pricingVersion the marker inside the version of PricingService that ran
 * @param discountVersion the same of DiscountService; empty when it was not asked
 */
public record Quote(
    String sku, int cents, int discountPercent, String pricingVersion, String discountVersion) {}
