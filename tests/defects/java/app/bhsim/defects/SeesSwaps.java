package bhsim.defects;

import bhsim.core.Decision;
import bhsim.core.Quote;
import bhsim.core.Services;

/** A defect of the application that knows when a class that makes the price was swapped. */
abstract class SeesSwaps extends AppDefect {
  @Override
  public Services services(Services real) {
    return new Services() {
      private volatile String version = "";

      @Override
      public Quote quote(String sku) {
        Quote quote = real.quote(sku);
        String now = watched(quote);
        String before = version;
        if (!now.equals(before)) {
          synchronized (this) {
            if (version.equals(before)) {
              version = now;
              swapped(before);
            }
          }
        }
        return seen(quote);
      }

      @Override
      public Decision decide(String sku, int quantity) {
        return real.decide(sku, quantity);
      }
    };
  }

  /** The version before; empty for the first one. */
  abstract void swapped(String before);

  /** What changes with a swap. */
  String watched(Quote quote) {
    return quote.pricingVersion();
  }

  Quote seen(Quote quote) {
    return quote;
  }
}
