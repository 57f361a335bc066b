package bhsim.core;

/** What is for sale: SKU-0000 to SKU-9999, each with a list price that never changes. */
public final class Catalogue {
  private static final int LOWEST_CENTS = 199;
  private static final int SPREAD_CENTS = 20_000;

  /** The list price in cents, or -1 when there is no such article. */
  public int listPriceCents(String sku) {
    if (sku.length() != 8 || !sku.startsWith("SKU-")) {
      return -1;
    }
    int number = 0;
    for (int i = 4; i < 8; i++) {
      int digit = sku.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return LOWEST_CENTS + (number * 7919) % SPREAD_CENTS;
  }
}
