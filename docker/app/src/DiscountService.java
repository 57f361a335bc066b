import bhsim.core.Discount;

/** Who gets how much off. Belongs together with PricingService: the two are swapped as a group. */
public final class DiscountService {
  private static int bigSpenderCents = 10_000;

  private DiscountService() {}

  public static Discount of(int listPriceCents) {
    String version = "bhsim-generation:0";
    return new Discount(listPriceCents >= bigSpenderCents ? 10 : 0, version);
  }
}
