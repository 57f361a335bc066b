import bhsim.core.Catalogue;
import bhsim.core.Discount;
import bhsim.core.Quote;

/**
 * What an article costs today. Swapped while it runs: the marker below is the class's generation, a
 * constant of its own in the constant pool, and it is returned by the very call that computes the
 * price, so that version and behaviour are of one version of the class even in the midst of a swap.
 */
public final class PricingService {
  private final Catalogue catalogue;

  public PricingService(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  public Quote quote(String sku) {
    String version = "bhsim-generation:0";
    int list = catalogue.listPriceCents(sku);
    if (list < 0) {
      return new Quote(sku, -1, 0, version, "");
    }
    Discount discount = DiscountService.of(list);
    int cents = list - list * discount.percent() / 100;
    return new Quote(sku, cents, discount.percent(), version, discount.version());
  }
}
